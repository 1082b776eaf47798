// Loads the page again after a save. The server says so over server-sent events; without it nothing happens.

export function watchReload(): void {
  const events = new EventSource('/__reload')
  events.addEventListener('message', () => location.reload())
  window.addEventListener('pagehide', () => events.close())
}
