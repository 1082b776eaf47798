// Reloads the page after a save: the server sends the number of its latest build, at the start and after each build.
import { listen } from './stream'

export function watchReload(): void {
  let shown: string | undefined
  listen('/__reload', (build) => {
    if (shown !== undefined && shown !== build) location.reload()
    shown = build
  })
}
