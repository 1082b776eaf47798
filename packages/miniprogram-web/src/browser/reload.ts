// Loads the page again after a save: the server names its latest build, at first and after each one.
import { listen } from './stream'

export function watchReload(): void {
  let shown: string | undefined
  listen('/__reload', (build) => {
    if (shown !== undefined && shown !== build) location.reload()
    shown = build
  })
}
