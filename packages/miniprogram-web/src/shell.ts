// What a website shows before its style and its script have arrived: a bar and blank boxes in the mini-program's own
// colours. It is an SVG drawing, because a drawing counts as the browser's first paint and a coloured box does not. The
// colours are in attributes of the drawing, because a strict content security policy forbids inline styles.
import type { AppConfig } from './config'

const barHeight = 48
const boxes = [
  { y: 72, height: 28, width: '40%' },
  { y: 120, height: 112, width: '92%' },
  { y: 248, height: 112, width: '92%' },
  { y: 376, height: 112, width: '92%' },
  { y: 504, height: 112, width: '92%' },
]

/**
 * The elements that the page's script removes.
 * @param app its window's colours
 * @param width of the page in a wide window, in px
 */
export function shellOf({ window: look }: Pick<AppConfig, 'window'>, width: number): string {
  const color = (name: string, otherwise: string): string => {
    const text = String(look?.[name] ?? '')
    return /^#[0-9a-f]{3,8}$/i.test(text) ? text : otherwise
  }
  const behind = color('backgroundColor', '#ffffff')
  const bar = color('navigationBarBackgroundColor', '#ffffff')
  const blank = boxes
    .map(
      ({ y, height, width }) =>
        `<rect x="4%" y="${y}" width="${width}" height="${height}" rx="12" fill-opacity=".06"/>`,
    )
    .join('')
  const page = `position:absolute;top:0;left:50%;width:min(100%,${width}px);height:100%;transform:translateX(-50%)`
  return `<div class="host-shell" aria-hidden="true" style="position:fixed;inset:0;background:${behind}"><svg style="${page}"><rect width="100%" height="${barHeight}" fill="${bar}"/>${blank}</svg></div>`
}
