// The shop's own pages are a site that uses OpenMidas, too: they ask this shop for the state of a payment, and Midas's host
// is the public cloud's.
const record = '/web/pay'

/** @param host in place of Midas's public cloud */
export function setOpenMidas(host?: string): void {
  Object.assign(window, {
    openMidasConfig: {
      ...(host !== undefined && { hosts: { release: host, test: host } }),
      records: { release: record, test: record },
    },
  })
}
