// Sets up OpenMidas for the shop's own pages: it reads the state of a payment from this server, and uses the Midas host
// of the public cloud.
const record = '/web/pay'

/** @param host address of another Midas host; without it the public cloud is used */
export function setOpenMidas(host?: string): void {
  Object.assign(window, {
    openMidasConfig: {
      ...(host !== undefined && { hosts: { release: host, test: host } }),
      records: { release: record, test: record },
    },
  })
}
