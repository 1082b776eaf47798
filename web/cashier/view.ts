// Draws one stage of the cashier. Texts are inserted as text and never as HTML.
import { h } from '../../packages/miniprogram-web/src/browser/element'
import type { PayFields } from './request'
import type { View, Way } from './server'
import { errorWords, fill, type Language, money, type Words, words } from './words'

export type Stage =
  | { kind: 'loading' | 'opening' | 'forgotten' }
  | { kind: 'framed'; href: string }
  | { kind: 'refused'; code: string; retry?: () => unknown }
  | { kind: 'lost'; retry(): unknown }
  | { kind: 'choose'; problem?: keyof Words; code?: string }
  | { kind: 'code'; image: string; way: Way | undefined; status: keyof Words }
  | { kind: 'leaving'; way: Way | undefined; address: string }
  | { kind: 'returned'; status?: keyof Words }
  | { kind: 'paid' | 'closed'; address: string | undefined }

export interface Shown {
  stage: Stage
  view: View | undefined
  fields: PayFields | undefined
  language: Language
  chosen: string | undefined
  /** true: the page showed another stage before */
  isOther: boolean
}

export interface Acts {
  choose(code: string): void
  pay(): void
  ask(): void
  again(): void
  speak(language: Language): void
}

type Part = HTMLElement | false

interface Drawn {
  title: string
  /** the text that a screen reader announces */
  status: string
  parts: Part[]
}

const nameOf = (way: Way | undefined, language: Language): string => (language === 'zh' ? way?.name : way?.nameEn) ?? ''

const button = (text: string, onclick: () => unknown, isMain = false): HTMLElement =>
  h('button', { type: 'button', class: isMain ? 'main' : undefined, onclick }, text)

/** Draws a stage into the page's `main` element. */
export function draw(shown: Shown, acts: Acts): void {
  const { language, view, isOther } = shown
  const t = words[language]
  const { title, status, parts } = drawn(shown, acts, t)
  const top = document.querySelector('main')
  if (!top) return
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  document.title = view ? `${title} · ${view.name}` : title
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined
  const heading = h('h1', { tabindex: -1 }, title)
  const other = button(t.otherLanguage, () => acts.speak(language === 'zh' ? 'en' : 'zh'))
  other.lang = language === 'zh' ? 'en' : 'zh-CN'
  other.dataset.key = 'language'
  const line = top.querySelector('[role="status"]') ?? h('p', { role: 'status' })
  top.setAttribute('data-stage', shown.stage.kind)
  top.replaceChildren(h('header', {}, heading, other), ...parts.filter((part) => part !== false))
  top.querySelector('.more, .actions')?.before(line)
  if (!line.isConnected) top.append(line)
  if (line.textContent !== status) line.textContent = status
  const same = focused === undefined ? null : top.querySelector<HTMLElement>(`[data-key="${focused}"]`)
  if (same) same.focus()
  else if (isOther && shown.stage.kind !== 'loading') heading.focus()
}

function drawn(shown: Shown, acts: Acts, t: Words): Drawn {
  const { stage, view, language } = shown
  const name = view?.name ?? ''
  switch (stage.kind) {
    case 'loading':
      return { title: t.loading, status: '', parts: [] }
    case 'opening':
      return { title: t.confirm, status: t.opening, parts: [purchase(shown, t)] }
    case 'forgotten':
      return { title: t.returned, status: t.forgotten, parts: [] }
    case 'framed':
      return { title: t.refused, status: t.framed, parts: [actions(link(stage.href, t.openFully))] }
    case 'lost':
      return { title: t.lost, status: t.lostHint, parts: [actions(button(t.retry, stage.retry, true))] }
    case 'refused':
      return refusal(stage, language, t)
    case 'choose':
      return choice(shown, stage, acts, t)
    case 'code': {
      const way = nameOf(stage.way, language)
      const picture = h('img', { src: stage.image, alt: fill(t.code, { way }), class: 'code' })
      const ask = button(t.done, acts.ask, true)
      const other = button(t.other, acts.again)
      const parts = [purchase(shown, t), picture, actions(keyed(ask, 'ask'), keyed(other, 'again'))]
      return { title: fill(t.scan, { way }), status: t[stage.status], parts }
    }
    case 'leaving': {
      const on = link(stage.address, t.goOn)
      return { title: fill(t.leaving, { way: nameOf(stage.way, language) }), status: '', parts: [actions(on)] }
    }
    case 'returned': {
      const ask = button(t.done, acts.ask, true)
      const again = button(t.again, acts.again)
      const parts = [purchase(shown, t), actions(keyed(ask, 'ask'), keyed(again, 'again'))]
      return { title: t.returned, status: t[stage.status ?? 'returnedHint'], parts }
    }
    case 'paid':
    case 'closed': {
      const back = stage.address !== undefined && actions(link(stage.address, fill(t.back, { name })))
      const status = fill(t[`${stage.kind}Hint`], { name })
      return { title: t[stage.kind], status, parts: [purchase(shown, t), back] }
    }
  }
}

// With these codes another try cannot help: the merchant must change something.
const onlyMerchant: ReadonlySet<string> = new Set(['40301', '40302', '40303', '40304'])

function refusal({ code, retry }: Stage & { kind: 'refused' }, language: Language, t: Words): Drawn {
  const sentence = code === '' ? t.noRequest : (errorWords[code] ?? errorWords[50001])?.[language]
  const parts: Part[] = [
    h(
      'div',
      { class: 'more' },
      !retry && h('p', {}, onlyMerchant.has(code) ? t.callMerchant : t.restart),
      code !== '' && h('p', { class: 'small' }, fill(t.errorCode, { code })),
    ),
    retry !== undefined && actions(button(t.retry, retry, true)),
  ]
  return { title: t.refused, status: sentence ?? '', parts }
}

function choice(shown: Shown, { problem, code }: Stage & { kind: 'choose' }, acts: Acts, t: Words): Drawn {
  const { view, fields, language, chosen } = shown
  const ways = view?.ways ?? []
  const said = problem ? t[problem] : code ? (errorWords[code] ?? errorWords[50001])?.[language] : undefined
  const none = view?.scene === 'h5' ? `${t.noWay} ${t.onlyInWechat}` : t.noWay
  const amount = money(fields?.money ?? '', fields?.currencyType ?? 'CNY', language)
  const parts: Part[] = [
    purchase(shown, t),
    ways.length > 0 && wayList({ ways, chosen }, language, acts, t),
    ways.length > 0 && actions(button(`${t.pay} ${amount}`, acts.pay, true)),
  ]
  return { title: t.confirm, status: said ?? (ways.length > 0 ? '' : none), parts }
}

/** Shows who asks for the money, what for, and how much. */
function purchase({ view, fields, language }: Shown, t: Words): Part {
  if (!view || !fields) return false
  const { money: cents, currencyType, info, infoEn } = fields
  return h(
    'dl',
    {},
    h('div', { class: 'payee' }, h('dt', {}, t.payTo), h('dd', {}, view.name)),
    h(
      'div',
      { class: 'amount' },
      h('dd', {}, money(cents, currencyType, language), h('small', {}, ` ${currencyType}`)),
    ),
    h('div', {}, h('dt', {}, t.item), h('dd', {}, language === 'en' ? infoEn || info : info)),
  )
}

function wayList(
  { ways, chosen }: { ways: readonly Way[]; chosen: string | undefined },
  language: Language,
  acts: Acts,
  t: Words,
): Part {
  const options = ways.map((way) =>
    h(
      'label',
      {},
      h('input', {
        type: 'radio',
        name: 'way',
        value: way.code,
        checked: way.code === chosen,
        onchange: () => acts.choose(way.code),
      }),
      h('span', {}, nameOf(way, language)),
    ),
  )
  return h('fieldset', {}, h('legend', {}, t.ways), ...options)
}

const actions = (...buttons: HTMLElement[]): HTMLElement => h('div', { class: 'actions' }, ...buttons)
const link = (href: string, text: string): HTMLElement => h('a', { href, target: '_top', class: 'main' }, text)

function keyed(element: HTMLElement, key: string): HTMLElement {
  element.dataset.key = key
  return element
}
