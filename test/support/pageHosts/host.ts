// What a page test needs from the host that runs the pages. Every file of test/pages is run twice: on miniprogram-simulate,
// which plays WeChat, and on the host of the web shop (packages/miniprogram-web). The jest project chooses the host.
import path from 'node:path'

export const ownRoot = path.resolve(__dirname, '../../../miniprogram')

/** The instance of a page */
export interface PageInstance {
  onLoad?(query: Record<string, string>): void
  onShow?(): void
  onHide?(): void
  onUnload?(): void
  onPullDownRefresh?(): Promise<void>
  onReachBottom?(): void
}

/** An element of a page. `__wxElement` is the engine's own node. */
export interface Node extends HTMLElement {
  __wxElement?: { data?: { disabled?: boolean; loading?: boolean } }
}

/** What WeChat tells App.onShow. */
export interface Shown {
  scene: number
  referrerInfo?: { appId: string; extraData?: unknown }
}

export interface ShownApp {
  onLaunch?(shown: Shown): void
  onShow(shown: Shown): void
}

/** The page that a host opens. */
export interface Opening {
  /** WeChat's interfaces, as the test plays them */
  wx: Record<string, unknown>
  /** the page's path in app.json */
  page: string
  query: Record<string, string>
  /** the folder of the mini-program */
  root: string
  /** what brought the user here, for App.onLaunch and the first App.onShow */
  shown: Shown
  /** called with the argument of App() */
  onApp(app: ShownApp): void
}

export interface MountedPage {
  dom: HTMLElement
  instance: PageInstance
  /** triggers an event that bubbles and crosses the borders of components, as a finger does */
  fire(node: Node, name: string, detail?: object): void
  /** enters a text into a field */
  enter(field: Node, value: string): void
  /** chooses a day in a date picker */
  pickDay(picker: Node, day: string): void
  /** closes the page */
  leave(): void
}

/** Restarts the mini-program and opens a page in it. */
export type Mount = (opening: Opening) => MountedPage

/** What the component library's components look like to a page test. The library is tested in Chromium. */
export const libraryNames = ['t-button', 't-skeleton', 't-loading', 't-tabs', 't-tab-panel']
