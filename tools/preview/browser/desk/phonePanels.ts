// The panels that choose the phone's user and the phone's model. Each choice restarts the mini-program.
import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { addIdentity, identities, session, switchTo } from '../../../../packages/miniprogram-web/src/browser/session'
import { panel, pills } from './panel'
import { isEnglish, words } from './words'

const versions = ['8.0.56', '6.5.10', '6.5.8']

export function whoPanel(): HTMLElement {
  const people = identities()
  if (!people.some((person) => person.key === session.identity.key)) people.push(session.identity)
  const field = h('input', { name: 'openid', placeholder: 'oMiniCashier_…', 'aria-label': words.addIdentity })
  const note = h('p', { class: 'quiet', role: 'status' })
  const form = h('form', { class: 'row' }, field, h('button', { type: 'submit' }, words.add))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const openid = field.value.trim()
    if (addIdentity(openid)) switchTo({ as: openid }, false)
    else note.textContent = words.badOpenid
  })
  const who = panel(
    words.who,
    pills(
      words.who,
      people.map((person) => ({ value: person.key, text: isEnglish ? person.nameEn : person.name })),
      session.identity.key,
      (key) => switchTo({ as: key }, false),
    ),
    h('code', { class: 'openid' }, session.identity.openid),
    h('details', {}, h('summary', {}, words.addIdentity), form, note),
  )
  who.classList.add('who')
  return who
}

export function phonePanel(): HTMLElement {
  const versionText = (version: string) =>
    version === versions[0] ? `${version} (${words.current})` : `${version} (${words.old})`
  const known = versions.includes(session.wechatVersion) ? versions : [...versions, session.wechatVersion]
  return panel(
    words.phone,
    pills(
      words.language,
      [
        { value: 'zh_CN', text: '中文' },
        { value: 'en', text: 'English' },
      ],
      session.language,
      (language) => switchTo({ lang: language }, true),
    ),
    pills(
      words.platform,
      [
        { value: 'ios', text: 'iOS' },
        { value: 'android', text: 'Android' },
        { value: 'devtools', text: 'DevTools' },
      ],
      session.platform,
      (platform) => switchTo({ platform }, true),
    ),
    pills(
      words.version,
      known.map((version) => ({ value: version, text: versionText(version) })),
      session.wechatVersion,
      (wechat) => switchTo({ wechat }, true),
    ),
    pills(
      words.privacy,
      (['agreed', 'ask', 'undeclared'] as const).map((value) => ({ value, text: words.privacies[value] })),
      session.privacy,
      (privacy) => switchTo({ privacy }, true),
    ),
  )
}
