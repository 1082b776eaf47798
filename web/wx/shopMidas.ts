// OpenMidas for the shop's own pages in a browser. A payment works as on any website that uses OpenMidas. To sign a
// contract, the page asks the shop's own server for the address of WeChat's signing page and goes there.
import { createOpenMidas } from '../../miniprogram/openmidas/core'
import { isAddress, jump } from '../../miniprogram/openmidas/platforms/web/host'
import { createOpenMidas as createForSites } from '../../miniprogram/openmidas/platforms/web/openMidas'

const site = createForSites(
  async () => (await import('../../miniprogram/openmidas/platforms/web/inDialog')).payInDialog,
)

const unused = () => Promise.reject(new Error('payments go through the SDK for browsers'))

const signing = createOpenMidas({
  post: unused,
  openSheet: unused,
  jump: {
    isKnown: () => true,
    async go({ extraData: { url } }) {
      if (!isAddress(url)) throw new Error('not an address')
      // After signing, WeChat's page leads back to the address in its Referer header. So the browser must send the
      // whole address of this page.
      jump(url, 'no-referrer-when-downgrade')
    },
  },
})

export const OpenMidas: Pick<typeof signing, 'init' | 'pay' | 'signContract' | 'once'> = {
  init(env) {
    site.init(env)
    signing.init(env)
  },
  pay: site.pay,
  signContract: signing.signContract,
  once: (event, listener) => (event === 'payDone' ? site.once(event, listener) : signing.once(event, listener)),
}
