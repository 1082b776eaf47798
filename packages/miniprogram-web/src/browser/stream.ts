// Server-sent events that pause while the tab is hidden. A browser opens at most six connections to one host, and a few
// tabs would take all of them.

export function listen(path: string, onMessage: (data: string) => void, onMissing?: () => void): void {
  let source: EventSource | undefined
  const close = () => {
    source?.close()
    source = undefined
  }
  const open = () => {
    close()
    source = new EventSource(path)
    source.addEventListener('message', (event) => onMessage(event.data as string))
    source.addEventListener('error', (event) => {
      // The server did not answer with an event stream, so do not try again.
      if ((event.target as EventSource).readyState === EventSource.CLOSED) onMissing?.()
    })
  }
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  window.addEventListener('pagehide', close)
  open()
}
