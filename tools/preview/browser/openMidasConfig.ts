// The script openMidasConfig.local.js: makes OpenMidas in a browser call the local cloud, whose fake server plays
// Midas's host.
const { origin } = new URL((document.currentScript as HTMLScriptElement).src)
const [host, record] = [`${origin}/sandbox/midas`, `${origin}/web/pay`]

Object.assign(window, {
  openMidasConfig: { hosts: { release: host, test: host }, records: { release: record, test: record } },
})

// The export makes this file a module, so that its names are not global.
export {}
