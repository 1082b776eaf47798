// Bench: measures how many messages per second we sign and verify. Compares our WeChat Pay code with
// wechatpay-axios-plugin, which takes turns with ours in the same process, and measures the other providers alone.
import { generateKeyPairSync } from 'node:crypto'
import { Formatter, Rsa } from 'wechatpay-axios-plugin'
import { isSignedByJubao, signJubao } from '../../cloudfunctions/shared/providers/jubao/sign'
import { isSignedByMidas, readMidasKeys, signMidas } from '../../cloudfunctions/shared/providers/midas/sign'
import { isSignedWebhook, signPaymaxRequest } from '../../cloudfunctions/shared/providers/paymax/sign'
import { readPrivateKey, readPublicKey, signRsa } from '../../cloudfunctions/shared/providers/signing'
import { isSignedByUnified, signUnified } from '../../cloudfunctions/shared/providers/unified/sign'
import {
  authorization,
  readMerchant,
  readWechatKeys,
  signedHeaders,
  verifyMessage,
} from '../../cloudfunctions/shared/providers/wechatpay/sign'
import { isSignedNotice, noticeText, signRequest } from '../../cloudfunctions/shared/providers/wisecashier/sign'
import { median, round } from './measure'

const rounds = 5
const pairsARound = 31

const signedNames = ['wechatpay-timestamp', 'wechatpay-nonce', 'wechatpay-serial', 'wechatpay-signature'] as const

type Work = () => unknown

interface Duel {
  oursPerSecond: number
  theirsPerSecond: number
  /** the ratio of our rate to the plugin's; the median of all rounds */
  ratio: number
}

interface Rates {
  signPerSecond: number
  verifyPerSecond: number
}

export interface SigningReport {
  wechatpay: { sign: Duel; verify: Duel }
  others: Record<string, Rates>
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const fields = {
  mch_id: '1900007291',
  out_trade_no: '20260701120000ab12cd3401',
  total_fee: '8800',
  body: '明前龙井 × 1',
  notify_url: 'https://shop.example.com/notify',
  attach: '',
  time_end: '20260701120000',
  nonce_str: 'b8a1f0c2d3e44f5a9c7e6d5b4a392817',
}

export function measureSigning(): SigningReport {
  return { wechatpay: measureWechatPay(), others: measureOthers() }
}

function measureWechatPay(): SigningReport['wechatpay'] {
  const mchId = '1900007291'
  const serialNo = '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB'
  const path = '/v3/pay/transactions/jsapi'
  const body = JSON.stringify({
    ...fields,
    amount: { total: 8_800, currency: 'CNY' },
    payer: { openid: 'o'.repeat(28) },
  })
  const timestamp = '1782878400'
  const nonce = 'b8a1f0c2d3e44f5a9c7e6d5b4a392817'
  const merchant = readMerchant({ mchId, serialNo, privateKey: privatePem })
  const theirPrivate = Rsa.from(privatePem, Rsa.KEY_TYPE_PRIVATE)
  const sign = duel(
    10,
    () => authorization(merchant, { method: 'POST', path, body }, timestamp, nonce),
    () => {
      const signature = Rsa.sign(Formatter.request('POST', path, timestamp, nonce, body), theirPrivate)
      return Formatter.authorization(mchId, nonce, signature, timestamp, serialNo)
    },
  )

  const publicKeyId = 'PUB_KEY_ID_0119000072912026070100000001'
  const keys = readWechatKeys({ publicKeyId, publicKey: publicPem })
  const theirKeys = new Map([[publicKeyId, Rsa.from(publicPem, Rsa.KEY_TYPE_PUBLIC)]])
  const at = Number(timestamp) * 1_000
  const bytes = Buffer.from(body)
  const headers = signedHeaders({ serial: publicKeyId, key: merchant.privateKey }, bytes, at, nonce)
  const verify = duel(
    150,
    () => verifyMessage(headers, bytes, keys, at),
    () => {
      // The steps with which the plugin verifies a reply. It checks the age of the reply, chooses the key by serial
      // number, and builds the signed text.
      const [said = '', nonceSaid = '', serial = '', signature = ''] = signedNames.map((name) => headers[name])
      const key = theirKeys.get(serial)
      if (Math.abs(at / 1_000 - Number(said)) > 300 || !key) throw new Error('not verified')
      const message = Formatter.response(said, nonceSaid, bytes.toString('utf8'))
      if (!Rsa.verify(message, signature, key)) throw new Error('not verified')
    },
  )
  return { sign, verify }
}

// Each measured call handles one whole message: it builds the text, the digest and the signature, and verifies them.
function measureOthers(): Record<string, Rates> {
  const own = readPrivateKey(privatePem)
  const open = readPublicKey(publicPem)
  const timestamp = '1782878400000'
  const key = '685c6e3eca5c964b2b8240aa151cb75d'
  const midasKeys = readMidasKeys({ offerKey: key, privateKey: privatePem })
  const midasFields = { ...fields, sign: signMidas(fields, midasKeys) }
  const jubaoFields = { ...fields, version: '2' }
  const signedJubao = { ...jubaoFields, sign: signJubao(jubaoFields, key, 'boxpay') }
  const body = JSON.stringify(fields)
  const charge = {
    method: 'POST',
    uri: '/v1/charges',
    query: '',
    nonce: fields.nonce_str,
    timestamp,
    authorization: key,
    body,
  }
  const webhook = Buffer.from(body)
  const webhookSignature = signRsa('sha1', webhook, own)
  const noticeSignature = signRsa('sha256', noticeText(fields, timestamp), own)
  const unifiedFields = { ...fields, sign: signUnified(fields, key) }
  return {
    midas: rates(
      () => signMidas(fields, midasKeys),
      () => isSignedByMidas(midasFields, midasKeys),
    ),
    jubao: rates(
      () => signJubao(jubaoFields, key, 'boxpay'),
      () => isSignedByJubao(signedJubao, key, 'boxpay'),
    ),
    paymax: rates(
      () => signPaymaxRequest(charge, own),
      () => isSignedWebhook(webhook, webhookSignature, open),
    ),
    wisecashier: rates(
      () => signRequest(fields, timestamp, own),
      () => isSignedNotice(fields, timestamp, noticeSignature, open),
    ),
    unified: rates(
      () => signUnified(fields, key),
      () => isSignedByUnified(unifiedFields, key),
    ),
  }
}

function rates(sign: Work, verify: () => boolean): Rates {
  if (!verify()) throw new Error('what is measured does not verify')
  return { signPerSecond: ownRate(sign), verifyPerSecond: ownRate(verify) }
}

function ownRate(work: Work): number {
  const calls = Math.max(20, Math.ceil(100 / timeOf(work, 20) / 5) * 5)
  return round(median(Array.from({ length: rounds }, () => (calls / timeOf(work, calls)) * 1_000)), 0)
}

/**
 * Measures two functions in short turns, so that other work on the machine slows both equally. Each pair of turns gives
 * a ratio, and the ratio of a round is the median of these.
 */
function duel(callsATurn: number, ours: Work, theirs: Work): Duel {
  timeOf(ours, callsATurn)
  timeOf(theirs, callsATurn)
  const results = Array.from({ length: rounds }, () => {
    const pairs = Array.from({ length: pairsARound }, (_, index) => {
      if (index % 2 === 0) return { ours: timeOf(ours, callsATurn), theirs: timeOf(theirs, callsATurn) }
      const first = timeOf(theirs, callsATurn)
      return { ours: timeOf(ours, callsATurn), theirs: first }
    })
    const rateOf = (times: readonly number[]): number => (callsATurn / median(times)) * 1_000
    return {
      ours: rateOf(pairs.map((pair) => pair.ours)),
      theirs: rateOf(pairs.map((pair) => pair.theirs)),
      ratio: median(pairs.map((pair) => pair.theirs / pair.ours)),
    }
  })
  return {
    oursPerSecond: round(median(results.map((one) => one.ours)), 0),
    theirsPerSecond: round(median(results.map((one) => one.theirs)), 0),
    ratio: round(median(results.map((one) => one.ratio))),
  }
}

/** the time that a number of calls takes, in ms */
function timeOf(work: Work, calls: number): number {
  const startedAt = performance.now()
  for (let call = 0; call < calls; call++) work()
  return performance.now() - startedAt
}
