// The inner WXML of the built-in components; `h5-x` stands for the plain HTML element x. The build compiles these
// templates, and browser/builtins adds the behaviour. The templates catch inner DOM events, so that only events in
// WeChat's form leave a component.

const slot = '<slot />'
const textEvents =
  'catch:input="onInput" catch:focus="onFocus" catch:blur="onBlur" catch:change="swallow" bind:keydown="onKey"'
const length = 'maxlength="{{maxlength < 0 ? 999999 : maxlength}}"'
const choice = (type: string) =>
  `<h5-input type="${type}" class="host-choice" catch:change="onChange" catch:input="swallow" /><slot />`

// Components that are shown as plain boxes. Their special behaviour in WeChat (moving, sticking) is not supported.
const boxNames = [
  'page-container',
  'share-element',
  'open-container',
  'list-view',
  'list-builder',
  'grid-view',
  'grid-builder',
  'sticky-section',
  'sticky-header',
  'nested-scroll-header',
  'nested-scroll-body',
  'draggable-sheet',
  'snapshot',
  'span',
  'picker-view',
  'picker-view-column',
  'keyboard-accessory',
  'navigation-bar',
  'functional-page-navigator',
  'tap-gesture-handler',
  'double-tap-gesture-handler',
  'long-press-gesture-handler',
  'pan-gesture-handler',
  'vertical-drag-gesture-handler',
  'horizontal-drag-gesture-handler',
  'scale-gesture-handler',
  'force-press-gesture-handler',
] as const

// Components that no browser can draw. The preview shows a box with the component's name.
export const placeholderNames = [
  'ad',
  'ad-custom',
  'audio',
  'camera',
  'canvas',
  'channel-live',
  'channel-video',
  'editor',
  'live-player',
  'live-pusher',
  'map',
  'official-account',
  'open-data',
  'open-data-list',
  'open-data-item',
  'store-home',
  'store-product',
  'video',
  'voip-room',
  'xr-frame',
] as const

const each = <Name extends string>(names: readonly Name[], wxml: (name: Name) => string): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, wxml(name)])) as Record<Name, string>

export const builtinTemplates = {
  ...each(boxNames, () => slot),
  ...each(placeholderNames, (name) => `<h5-span class="host-placeholder">${name}</h5-span><slot />`),
  view: slot,
  'cover-view': slot,
  'root-portal': slot,
  'page-meta': slot,
  'movable-area': slot,
  'movable-view': slot,
  'match-media': slot,
  text: slot,
  icon: '{{sign}}',
  progress: '<h5-progress max="100" value="{{percent}}" />{{showInfo ? percent + "%" : ""}}',
  button: slot,
  input: `<h5-input class="host-field" type="{{password ? 'password' : 'text'}}" inputmode="{{keyboard}}" ${length} placeholder="{{placeholder}}" ${textEvents} />`,
  textarea: `<h5-textarea class="host-field" ${length} placeholder="{{placeholder}}" ${textEvents} />`,
  form: slot,
  label: slot,
  'radio-group': slot,
  'checkbox-group': slot,
  radio: choice('radio'),
  checkbox: choice('checkbox'),
  switch:
    '<h5-input type="checkbox" class="host-toggle" role="switch" catch:change="onChange" catch:input="swallow" />',
  slider:
    '<h5-input type="range" class="host-range" min="{{min}}" max="{{max}}" step="{{step}}" catch:change="onChange" catch:input="onInput" />{{showValue ? value : ""}}',
  picker:
    '<slot /><h5-select class="host-picker" wx:if="{{mode === \'selector\'}}" catch:change="onSelect" catch:input="swallow"><h5-option wx:for="{{labels}}" wx:key="*this" value="{{index}}">{{item}}</h5-option></h5-select><h5-input wx:elif="{{mode === \'date\' || mode === \'time\'}}" class="host-picker" type="{{fields === \'month\' ? \'month\' : mode}}" min="{{start}}" max="{{end}}" catch:change="onDate" catch:input="swallow" />',
  image: '<h5-img class="host-picture" src="{{url}}" alt="" catch:load="onLoad" catch:error="onError" />',
  'cover-image': '<h5-img class="host-picture" src="{{url}}" alt="" catch:load="onLoad" catch:error="onError" />',
  'scroll-view': slot,
  swiper:
    '<h5-div class="host-track"><slot /></h5-div><h5-div wx:if="{{indicatorDots}}" class="host-dots"><h5-i wx:for="{{count}}" wx:key="*this" class="{{index === shown ? \'on\' : \'\'}}" /></h5-div>',
  'swiper-item': slot,
  navigator: slot,
  'rich-text': '<h5-div class="host-rich" />',
  'web-view': '<h5-iframe class="host-web" title="web-view" src="{{src}}" />',
} as const

/** The components without behaviour: boxes and placeholders. */
export const plainNames: readonly (typeof boxNames | typeof placeholderNames)[number][] = [
  ...boxNames,
  ...placeholderNames,
]

export type BuiltinName = keyof typeof builtinTemplates
export const builtinPath = (name: string): string => `__builtin__/${name}`
