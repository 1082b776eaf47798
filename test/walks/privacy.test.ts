// Tests WeChat's privacy check in Chromium: a shopper who refuses can do everything except copy, and can still agree
// later.
import { screens } from '../support/browser/adminWalk'
import { openStage, type Stage, type Walk, walk } from '../support/browser/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    copy: /复制/,
    title: '用户隐私保护提示',
    refuse: '不同意',
    agree: '同意并继续',
    notCopied: '未复制',
    again: '重试',
    close: '知道了',
    undeclared: /暂时不能使用剪贴板/,
    pay: /^支付 ?¥/,
    paid: '已支付',
    copied: '已复制',
  },
  en: {
    copy: /Copy/,
    title: 'Your privacy',
    refuse: 'Not now',
    agree: 'Agree',
    notCopied: 'Not copied',
    again: 'Retry',
    close: 'OK',
    undeclared: /can’t use the clipboard/,
    pay: /^Pay ?¥/,
    paid: 'Paid',
    copied: 'Copied',
  },
}

const question = (shopper: Walk, title: string) => shopper.page.getByRole('dialog', { name: title })

describe.each(screens)('at $width px in $lang', ({ width, lang, hand }) => {
  const t = texts[lang]
  const options = { width, lang, hand, extra: `&privacy=ask${width > 390 ? '&screen=pc' : ''}` } as const

  it('the shopper pays unasked, refuses to copy, reads the number, and copies after agreeing', async () => {
    const shopper = await walk(stage, options)
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.sees(t.paid)
    await expect(question(shopper, t.title).count()).resolves.toBe(0)
    await shopper.press(t.copy)
    await question(shopper, t.title).waitFor()
    const box = await question(shopper, t.title).boundingBox()
    expect(box && box.x >= 0 && box.x + box.width <= width).toBe(true)
    await shopper.press(t.refuse)
    const told = shopper.page.getByRole('dialog', { name: t.notCopied })
    await told.waitFor()
    expect(await told.textContent()).toContain(shopper.orderNo())
    await shopper.press(t.again)
    await question(shopper, t.title).waitFor()
    await shopper.press(t.agree)
    await shopper.sees(t.copied)
    await shopper.press(t.copy)
    await shopper.sees(t.copied)
    await expect(question(shopper, t.title).count()).resolves.toBe(0)
    await shopper.end()
  })
})

it('a guide without the clipboard is not asked about: the shopper reads the number', async () => {
  const shopper = await walk(stage, { extra: '&privacy=undeclared' })
  await shopper.toSheet()
  await shopper.confirm()
  await shopper.sees(texts.zh.paid)
  await shopper.press(texts.zh.copy)
  await shopper.sees(texts.zh.undeclared)
  await expect(question(shopper, texts.zh.title).count()).resolves.toBe(0)
  await shopper.press(texts.zh.close)
  await shopper.end()
})
