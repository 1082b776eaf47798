// The script openMidasConfig.shop.js, for websites that load OpenMidas from this shop. It makes OpenMidas read the
// state of payments from this shop's server.
const { origin } = new URL((document.currentScript as HTMLScriptElement).src)
const record = `${origin}/web/pay`

Object.assign(window, { openMidasConfig: { records: { release: record, test: record } } })

// The export makes this file a module, so that its names are not global.
export {}
