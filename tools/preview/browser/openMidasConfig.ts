// openMidasConfig.local.js: OpenMidas in a browser asks the local cloud, whose fake server stands in for Midas's host.
const { origin } = new URL((document.currentScript as HTMLScriptElement).src)
const [host, record] = [`${origin}/sandbox/midas`, `${origin}/web/pay`]

Object.assign(window, {
  openMidasConfig: { hosts: { release: host, test: host }, records: { release: record, test: record } },
})

// A module, so that its names are its own.
export {}
