// Server-sent events that rest while the tab is hidden: a browser opens six connections to a host, and several tabs of
// the preview would use them up.

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
      // Answered with something else than a stream: asking again would not help.
      if ((event.target as EventSource).readyState === EventSource.CLOSED) onMissing?.()
    })
  }
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  window.addEventListener('pagehide', close)
  open()
}
