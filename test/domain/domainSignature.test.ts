// Tests the signatures between a connected system and our cashier, with the samples of the Unified platform's document.

import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { applyPaymentNews, openAttempt } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { requestRecord } from '../../cloudfunctions/shared/domain/requests/requestRecord'
import { namedText } from '../../cloudfunctions/shared/domain/requests/signedText'
import { openDomainSecrets, sealDomainSecret } from '../../cloudfunctions/shared/store/domains'
import { sealerFor } from '../../cloudfunctions/shared/store/settings'
import {
  bgUrlFields,
  secretInUse,
  signedFields,
  signerOf,
  signNames,
  signValues,
} from '../../cloudfunctions/shared/usecases/platform/domainSignature'
import vectors from '../providers/vectors/unified.json'

const now = Date.UTC(2026, 0, 5, 4)

function orderOf(requestKey = 'race-17'): Order {
  return placeOrder({
    orderNo: '20260105120000abcdefgh',
    openid: 'pay-20260105120000abcdefgh',
    app: 'browser',
    items: [{ sku: 'request', title: '报名费', titleEn: 'Entry fee', priceFen: 8600, quantity: 1 }],
    currency: 'CNY',
    now,
    lifeMs: 60_000,
    domain: { code: 'race', requestKey, bgUrl: 'https://race.example/paid' },
  })
}

function paidOrder(): Order {
  const { order, payment } = openAttempt(orderOf(), { provider: 'midas', payType: 'Alipay' }, 'any', now)
  const paid = { outcome: 'paid', amountFen: 8600, at: now + 5_000, raw: {} } as const
  return applyPaymentNews(order, payment.no, paid, { now: now + 6_000 }).order
}

describe('the signature of the document', () => {
  it.each(vectors.cases)('$name', ({ params, sign }) => {
    expect(signValues(params as Record<string, string>, vectors.domainSecret)).toBe(sign)
    const signed = { ...(params as Record<string, string>), sign }
    expect(signerOf(signed, 'values', { current: vectors.domainSecret })).toBe('current')
  })

  it('does not cover the openid, which the pages add later', () => {
    const fields = { domainCode: 'race', money: '1' }
    expect(signValues({ ...fields, openid: 'o1', sign: 'x' }, 's')).toBe(signValues(fields, 's'))
  })

  it('is invalid if a value is missing, if it is in capitals, or if another secret made it', () => {
    const fields = { domainCode: 'race', requestKey: 'k1' }
    const sign = signValues(fields, 'one')
    const secrets = { current: 'one' }
    expect(signerOf({ ...fields, sign: '' }, 'values', secrets)).toBeUndefined()
    expect(signerOf(fields, 'values', secrets)).toBeUndefined()
    expect(signerOf({ ...fields, sign: sign.toUpperCase() }, 'values', secrets)).toBeUndefined()
    expect(signerOf({ ...fields, sign }, 'values', { current: 'two' })).toBeUndefined()
  })
})

describe('while a secret is replaced', () => {
  const fields = { domainCode: 'race', requestKey: 'k1' }
  const secrets = { current: 'one', next: 'two' }

  it('both secrets are valid, and a third secret is not', () => {
    const signed = (secret: string) => ({ ...fields, sign: signValues(fields, secret) })
    expect(signerOf(signed('one'), 'values', secrets)).toBe('current')
    expect(signerOf(signed('two'), 'values', secrets)).toBe('next')
    expect(signerOf(signed('three'), 'values', secrets)).toBeUndefined()
  })

  it('we sign with the secret that the connected system uses', () => {
    expect(secretInUse({ usesNext: false }, secrets)).toBe('one')
    expect(secretInUse({ usesNext: true }, secrets)).toBe('two')
    expect(secretInUse({ usesNext: true }, { current: 'one' })).toBe('one')
  })
})

describe('sign2', () => {
  const fields = { requestKey: 'k1', money: '1', domainCode: 'race', info: '', rate: '6.8' }

  it('covers the names: sorted, without empty values', () => {
    expect(namedText({ ...fields, sign: 'x', sign2: 'y', openid: 'o' })).toBe(
      'domainCode=race&money=1&rate=6.8&requestKey=k1',
    )
    expect(signNames({ domainCode: 'test', requestKey: '1464844451098' }, 'test')).toBe(
      '4f040f46c8cff80826636206dd9a730aa638b431805340ddfa4f9730356e09c2',
    )
  })

  it('is required from a connected system that uses it, and then two values cannot change places', () => {
    const secrets = { current: 'one' }
    const sign = signValues(fields, 'one')
    const sign2 = signNames(fields, 'one')
    expect(signerOf({ ...fields, sign }, 'hmac', secrets)).toBeUndefined()
    expect(signerOf({ ...fields, sign, sign2 }, 'hmac', secrets)).toBe('current')
    const swapped = { ...fields, money: 'k1', requestKey: '1', sign, sign2 }
    expect(signerOf(swapped, 'values', secrets)).toBe('current')
    expect(signerOf(swapped, 'hmac', secrets)).toBeUndefined()
  })
})

describe('the call of bgUrl', () => {
  it('has the ten parameters of the document, signed', () => {
    const query = signedFields(bgUrlFields(paidOrder()), { signature: 'values' }, 'one')
    expect(Object.keys(query)).toEqual([
      'money',
      'requestKey',
      'payTime',
      'orderSn',
      'payTypeCode',
      'payTypeName',
      'currencyType',
      'payStatus',
      'domainCode',
      'sign',
    ])
    const { sign, ...fields } = query
    expect(fields).toEqual({
      money: '8600',
      requestKey: 'race-17',
      payTime: String(now + 5_000),
      orderSn: '20260105120000abcdefgh',
      payTypeCode: 'Alipay',
      payTypeName: '支付宝支付',
      currencyType: 'CNY',
      payStatus: 'SUCCESSPAY',
      domainCode: 'race',
    })
    expect(sign).toBe(signValues(fields, 'one'))
  })

  it('has sign2 for a connected system that uses it', () => {
    const { sign: _, sign2, ...fields } = signedFields(bgUrlFields(paidOrder()), { signature: 'hmac' }, 'one')
    expect(sign2).toBe(signNames(fields, 'one'))
  })

  it('reports the state of an order that is not paid', () => {
    expect(requestRecord(orderOf())).toMatchObject({ payStatus: 'NOTPAY', payTime: null, payTypeCode: '' })
    expect(requestRecord({ ...orderOf(), state: 'closed' }).payStatus).toBe('CLOSED')
  })
})

describe('a sealed secret', () => {
  const sealer = sealerFor('shared secrets', [Buffer.alloc(32, 1)])

  it('can be opened only for its own connected system', () => {
    const secret = sealDomainSecret(sealer, 'race', 'one')
    const nextSecret = sealDomainSecret(sealer, 'race', 'two')
    expect(openDomainSecrets(sealer, { _id: 'race', secret, nextSecret })).toEqual({ current: 'one', next: 'two' })
    expect(openDomainSecrets(sealer, { _id: 'other', secret, nextSecret: null })).toBeUndefined()
    expect(
      openDomainSecrets(sealerFor('x', [Buffer.alloc(32, 2)]), { _id: 'race', secret, nextSecret }),
    ).toBeUndefined()
  })

  it('reveals nothing of the secret', () => {
    expect(sealDomainSecret(sealer, 'race', 'one')).not.toContain('one')
  })
})

describe('an order of a request', () => {
  it('is found by its requestKey', () => {
    expect(orderOf().keys).toContain('race-17')
  })
})
