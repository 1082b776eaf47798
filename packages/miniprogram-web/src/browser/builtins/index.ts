// Our versions of WeChat's built-in components, by tag name. Their WXML is in ../../builtinTemplates.
import { type BuiltinName, plainNames } from '../../builtinTemplates'
import type { Definition } from '../instance'
import { choiceGroup, choiceItem, form, label, picker, slider, switchControl } from './forms'
import { image, scrollView, swiper, swiperItem } from './media'
import { box, button, icon, navigator, progress, richText, textBox, view, webView } from './plain'
import { input, textarea } from './text'

const plain = Object.fromEntries(plainNames.map((name) => [name, box])) as Record<
  (typeof plainNames)[number],
  Definition
>

export const builtins: Record<BuiltinName, Definition> = {
  view,
  'cover-view': box,
  'root-portal': box,
  'page-meta': box,
  'movable-area': box,
  'movable-view': box,
  'match-media': box,
  text: textBox,
  icon,
  progress,
  button,
  input,
  textarea,
  form,
  label,
  'radio-group': choiceGroup('radio'),
  'checkbox-group': choiceGroup('checkbox'),
  radio: choiceItem,
  checkbox: choiceItem,
  switch: switchControl,
  slider,
  picker,
  image,
  'cover-image': image,
  'scroll-view': scrollView,
  swiper,
  'swiper-item': swiperItem,
  navigator,
  'rich-text': richText,
  'web-view': webView,
  ...plain,
}
