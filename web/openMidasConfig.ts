// openMidasConfig.shop.js: sites that load OpenMidas from this shop ask this shop for the state of a payment. Midas's host
// is the public cloud's.
const { origin } = new URL((document.currentScript as HTMLScriptElement).src)
const record = `${origin}/web/pay`

Object.assign(window, { openMidasConfig: { records: { release: record, test: record } } })

// A module, so that its names are its own.
export {}
