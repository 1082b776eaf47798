// Sentences of the settings pages: what is enabled, field labels and the state of keys.
import type { SettingsTestView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage, isChinese } from '../../../messages'
import { fieldNames } from '../service'

const chinese = {
  title: '支付设置',
  shop: '本店',
  off: '未启用',
  sandbox: '演示环境',
  wrong: '设置有误',
  fine: '正常',
  expires: (day: string) => `${day} 到期`,
  expired: (day: string) => `${day} 已过期`,
  missing: '未设置',
  hint: '密钥加密保存，只能更换，不能查看。修改后一分钟内生效。',
  fields: '设置内容',
  keys: '密钥检查',
  noKeys: '没有密钥',
  set: '已设置',
  notSet: '未设置',
  replace: '更换',
  keep: '不更换',
  remove: '清除',
  removed: '保存后清除',
  secretHint: '请粘贴新的内容',
  replaceHint: '请粘贴新的内容，留空则不更换',
  defaultIs: (words: string) => `默认 ${words}`,
  /** Follows the error message of a field that has a default. */
  orDefault: (words: string) => `，留空则默认 ${words}`,
  between: (least: number, most: number) => `请填写 ${least} 到 ${most} 之间的整数`,
  /** Error messages by the server's validation rule. */
  rules: new Map([
    ['missing', '必填项'],
    ['unknown', '不支持此项，请清除'],
    ['address', '请填写以 http:// 或 https:// 开头的地址，结尾不带斜杠'],
    ['privateKey', '私钥格式有误：请完整粘贴私钥文件的内容（PEM）'],
    ['publicKey', '公钥或证书格式有误：请完整粘贴文件内容（PEM），并核对序列号'],
    ['key32', '密钥为 32 个字符，不含空格'],
    ['https', '正式收款须使用 https:// 开头的地址'],
    ['publicHost', '正式收款须使用公网域名，不能使用本机或内网地址'],
    ['keySize', '密钥过短：RSA 密钥至少 2048 位'],
    ['tooShort', '密钥过短：至少 16 个字符'],
    ['sandbox', '这是演示环境的内容，请填写支付服务提供的正式内容'],
    ['rising', '请填写从小到大的整数，用逗号隔开'],
    ['again', '接口地址已修改，请重新填写此项'],
    ['tooMany', '以前的设置过多，请先删除一组再保存'],
    ['stillOn', '这组设置正在使用，请先停用再删除'],
    ['wrong', '内容有误，请检查'],
  ]),
  yes: '是',
  no: '否',
  required: '必填',
  optional: '选填',
  listHints: {
    list: '整数，用逗号隔开，例如 1,3,5',
    texts: '用逗号隔开，例如 https://www.example.com',
  },
  mapName: '证书序列号',
  mapText: '证书内容（PEM）',
  whole: '请填写整数',
  mapBoth: '序列号和证书须同时填写',
  wrongFields: (names: string) => `以下内容有误：${names}`,
  refused: '保存失败：请检查密钥是否完整、编号是否正确',
  changed: '其他人刚刚修改过设置，请重新加载后再修改',
  unsure: '网络连接超时，可能已经保存，请重新加载查看',
  nothing: '内容没有修改',
  reload: '重新加载',
  enable: '保存并启用',
  limitsHint: '同一顾客同时进行多次操作时，可能略微超出上限。',
  saveHint: '保存前会检查全部内容，如有一项不正确，则不会保存。',
  sureTitle: '确定更换密钥？',
  /** @param gone labels of the values that are removed without a replacement */
  sureText: (replaced: string, gone: string) =>
    `${replaced && `将更换：${replaced}。`}${gone && `将清除：${gone}。`}新的支付将使用新密钥。旧密钥会保留，可随时恢复。`,
  off1: '停用',
  offTitle: '确定停用？',
  offText: (name: string) =>
    `停用后，顾客无法使用${name}支付。进行中的支付、退款和自动续费不受影响。设置会保留，可随时重新启用。`,
  /** Text of the tag beside the name. */
  isOff: '已停用',
  orders: (count: number) => `${count} 笔订单`,
  contracts: (count: number) => `${count} 个自动续费`,
  /** @param what the orders and contracts still in progress */
  offOpen: (what: string) => `已停用，顾客无法使用。还有 ${what}进行中，不受影响。`,
  offDone: '已停用，顾客无法使用。没有进行中的订单和自动续费。',
  openRefunds: (count: number) =>
    `还有 ${count} 笔退款没有结果，暂时不能删除。请等待退款完成；长时间没有结果的，请到商户平台核对，再到订单页登记退款结果。`,
  older: '以前的设置',
  olderHint:
    '之前开始的支付、退款和自动续费仍使用以前的设置。同一商户的设置保留 8 天，其他商户的设置保留到你删除为止。',
  replacedAt: (time: string) => `${time} 更换`,
  sameMerchant: '同一商户',
  otherMerchant: '其他商户',
  open: (what: string) => `还有 ${what}进行中`,
  noneOpen: '没有进行中的订单',
  restore: '恢复',
  restoreTitle: '确定恢复？',
  /** @param which when the settings were replaced */
  restoreText: (which: string) => `${which}的设置将重新启用，用于新的支付。当前设置会保留在“以前的设置”中。`,
  restored: '已恢复',
  end: '删除',
  endThese: '永久删除这组设置',
  endTitle: '确定删除？',
  endOpen: (what: string) => `还有 ${what}进行中，删除后无法入账，也无法在此查询、关闭或退款。`,
  endLost: '删除后，使用这组设置收取的款项无法在此退款，相关的支付通知也会被拒收。删除后无法恢复。',
  ended: '已删除',
  keptOut:
    '按微信审核要求，小程序内不显示二维码和链接，网页中仍可使用。如需修改，请到“本店”设置中调整“小程序内显示二维码和链接”。',
  noticeTitle: '通知地址',
  noticeText: '请在支付服务的商户平台，将回调（通知）地址填写为此地址，以便及时收到付款结果。',
  keysRefused: '密钥被拒绝',
  refusedKeys: (names: string, since: string) =>
    `自 ${since} 起，本店密钥被支付服务拒绝，顾客无法付款。请先检查：${names}。测试、更换后保存，或恢复以前的设置。`,
  known: '知道了',
  /** The note with which cases of refused keys are dismissed. */
  knownNote: '在设置页点击“知道了”',
  failed: '测试未通过',
  /** Asked before saving settings whose test failed. */
  failedBefore: '这些内容未通过测试，保存后顾客可能无法付款。',
  fillFirst: '请先填写设置，再测试',
  notTested: '无法测试：请检查密钥是否完整、编号是否正确',
  test: '测试连接',
  testing: '正在测试',
  testHint: '使用上方填写的内容测试，未修改的使用已保存的内容。测试不涉及资金，也不会保存设置。',
  outcomes: {
    answered: '连接成功，设置可用',
    refused: '支付服务拒绝了密钥或商户号',
    unreachable: '无法连接支付服务',
    misconfigured: '设置不完整或有误，未发出请求',
  } satisfies Record<SettingsTestView['outcome'], string>,
  look: (names: string) => `请先检查：${names}`,
  ms: (ms: number) => `用时 ${ms} 毫秒`,
  unreadable: '无法识别',
  pairsNot: '证书与私钥不匹配',
  pairs: '证书与私钥匹配',
  until: (day: string) => `${day} 到期`,
  over: (day: string) => `${day} 已过期，请更换`,
  kinds: new Map([
    ['private', '私钥'],
    ['public', '公钥'],
    ['certificate', '证书'],
  ]),
  names: new Map([
    ['publicUrl', '接收通知的地址'],
    ['appId', 'AppID'],
    ['orderMinutes', '订单支付时限（分钟）'],
    ['sites', '可通过本店收款的其他网站'],
    ['externalWays', '小程序内显示二维码和链接'],
    ['shipping', '发货方式（微信发货信息管理）'],
    ['surplus', '多收款处理方式'],
    ['retryDays', '扣款失败后第几天重试'],
    ['graceDays', '可手动支付的天数'],
    ['limits', '每位顾客的上限'],
    ['limits.openOrders', '每位顾客的待支付订单数'],
    ['limits.attemptsPerHour', '每位顾客每小时的支付次数'],
    ['limits.waitingAttempts', '每笔订单等待结果的支付次数'],
    ['limits.ordersPerAddress', '未登录的浏览器：每个网络地址每小时的订单数'],
    ['officialAccount', '公众号'],
    ['officialAccount.appId', '公众号 AppID'],
    ['officialAccount.appSecret', '公众号 AppSecret'],
    ['officialAccount.authorizeUrl', '公众号授权地址'],
    ['officialAccount.apiUrl', '公众号接口地址'],
  ]),
  choices: new Map([
    ['wait', '人工处理'],
    ['off', '不上报'],
    ['parcel', '快递'],
    ['city', '同城配送'],
    ['virtual', '虚拟商品'],
    ['pickup', '到店自提'],
    ['refund', '自动退款'],
  ]),
}

const english: typeof chinese = {
  title: 'Payment settings',
  shop: 'This shop',
  off: 'Off',
  sandbox: 'Demo',
  wrong: 'Needs fixing',
  fine: 'Active',
  expires: (day) => `Expires ${day}`,
  expired: (day) => `Expired ${day}`,
  missing: 'Not set up',
  hint: 'Keys are encrypted. You can replace them but not view them. Changes take effect within a minute.',
  fields: 'Details',
  keys: 'Keys',
  noKeys: 'No keys',
  set: 'Set',
  notSet: 'Not set',
  replace: 'Replace',
  keep: 'Keep',
  remove: 'Remove',
  removed: 'Will be removed when you save',
  secretHint: 'Paste the new value',
  replaceHint: 'Paste the new value, or leave empty to keep the current one',
  defaultIs: (words) => `Default: ${words}`,
  orDefault: (words) => `. Default: ${words}`,
  between: (least, most) => `Enter a whole number from ${least} to ${most}`,
  rules: new Map([
    ['missing', 'This is required'],
    ['unknown', 'This isn’t supported. Please remove it'],
    ['address', 'Enter an address that starts with http:// or https:// and doesn’t end with a slash'],
    ['privateKey', 'This isn’t a private key. Paste the full contents of the key file (PEM)'],
    [
      'publicKey',
      'This isn’t a public key or certificate. Paste the full contents of the file (PEM) and check its serial number',
    ],
    ['key32', 'The key must be 32 characters with no spaces'],
    ['https', 'Live payments require an address that starts with https://'],
    ['publicHost', 'Live payments require a public domain, not a local or private address'],
    ['keySize', 'The key is too short. RSA keys need at least 2048 bits'],
    ['tooShort', 'The key is too short. It needs at least 16 characters'],
    ['sandbox', 'This is a demo value. Enter the one from your payment provider'],
    ['rising', 'Enter whole numbers in ascending order, separated by commas'],
    ['again', 'The address has changed. Please enter this again'],
    ['tooMany', 'There are too many earlier settings. Delete some before you save'],
    ['stillOn', 'These settings are in use. Turn the provider off before you delete them'],
    ['wrong', 'This isn’t valid. Please check it'],
  ]),
  yes: 'Yes',
  no: 'No',
  required: 'required',
  optional: 'optional',
  listHints: {
    list: 'Whole numbers separated by commas, such as 1,3,5',
    texts: 'Separated by commas, such as https://www.example.com',
  },
  mapName: 'Serial number',
  mapText: 'Certificate (PEM)',
  whole: 'Enter a whole number',
  mapBoth: 'Enter both the serial number and the certificate',
  wrongFields: (names) => `Check these fields: ${names}`,
  refused: 'Couldn’t save. Check that your keys are complete and your IDs and numbers are correct',
  changed: 'Someone else just edited these settings. Reload them and make your changes again',
  unsure: 'The connection timed out, and your changes may have been saved. Reload to check',
  nothing: 'No changes to save',
  reload: 'Reload',
  enable: 'Save and turn on',
  limitsHint: 'If a customer does several things at once, these limits may be exceeded slightly.',
  saveHint: 'All details are checked before saving. If any aren’t valid, nothing is saved.',
  sureTitle: 'Change keys?',
  sureText: (replaced, gone) =>
    `${replaced && `Replacing: ${replaced}. `}${gone && `Removing: ${gone}. `}New payments will use the new keys. The old keys are kept and can be restored.`,
  off1: 'Turn off',
  offTitle: 'Turn off this provider?',
  offText: (name) =>
    `Customers won’t be able to pay with ${name}. Payments, refunds and subscriptions in progress aren’t affected. Your settings are kept, and you can turn it back on at any time.`,
  isOff: 'Off',
  orders: (count) => `${count} ${count === 1 ? 'order' : 'orders'}`,
  contracts: (count) => `${count} ${count === 1 ? 'subscription' : 'subscriptions'}`,
  offOpen: (what) => `Off. Customers can’t pay with it. Still in progress: ${what}.`,
  offDone: 'Off. Customers can’t pay with it. No orders or subscriptions are in progress.',
  openRefunds: (count) =>
    `You can’t delete these settings yet: ${count === 1 ? '1 refund has' : `${count} refunds have`} no result. Wait for the result. If there’s still no result after a while, look it up in the provider’s merchant console and record it on the order page.`,
  older: 'Earlier settings',
  olderHint:
    'Payments, refunds and subscriptions that started with these settings still use them. Settings for the same merchant are removed after 8 days. Settings for another merchant are kept until you delete them.',
  replacedAt: (time) => `Replaced ${time}`,
  sameMerchant: 'Same merchant',
  otherMerchant: 'Different merchant',
  open: (what) => `in progress: ${what}`,
  noneOpen: 'nothing in progress',
  restore: 'Restore',
  restoreTitle: 'Restore these settings?',
  restoreText: (which) =>
    `New payments will use these settings again (${which.charAt(0).toLowerCase()}${which.slice(1)}). Your current settings will move to Earlier settings.`,
  restored: 'Restored',
  end: 'Delete',
  endThese: 'Permanently delete these settings',
  endTitle: 'Delete these settings?',
  endOpen: (what) =>
    `Still in progress: ${what}. These payments won’t be recorded, and you won’t be able to check, close or refund them here. `,
  endLost:
    'You won’t be able to refund payments taken with these settings here, and notifications about them will be rejected. This can’t be undone.',
  ended: 'Deleted',
  keptOut:
    'QR codes and links aren’t shown in the mini-program, because WeChat’s review rules don’t allow them. They still work in browsers. To change this, go to This shop > Show QR codes and links in the mini-program.',
  noticeTitle: 'Notification URL',
  noticeText:
    'Enter this as the callback (notification) URL in the provider’s merchant console, so payment results arrive right away.',
  keysRefused: 'Keys rejected',
  refusedKeys: (names, since) =>
    `The provider has rejected your keys since ${since}, so customers can’t pay. Check these first: ${names}. Test and save new keys, or restore earlier settings.`,
  known: 'Dismiss',
  knownNote: 'Dismissed on the settings page',
  failed: 'Test failed',
  failedBefore: 'These settings failed the test, so customers may not be able to pay. ',
  fillFirst: 'Enter the settings first, then test them',
  notTested: 'Couldn’t test. Check that your keys are complete and your IDs and numbers are correct',
  test: 'Test connection',
  testing: 'Testing',
  testHint:
    'The test uses what you’ve entered above, plus saved values for the rest. No money moves and nothing is saved.',
  outcomes: {
    answered: 'Connected. These settings work',
    refused: 'The provider rejected your keys or merchant number',
    unreachable: 'Couldn’t connect to the provider',
    misconfigured: 'The settings are incomplete or incorrect, so nothing was sent',
  },
  look: (names) => `Check these first: ${names}`,
  ms: (ms) => `${ms} ms`,
  unreadable: 'Can’t be read',
  pairsNot: 'The certificate and key don’t match',
  pairs: 'The certificate and key match',
  until: (day) => `Valid until ${day}`,
  over: (day) => `Expired ${day}. Please replace it`,
  kinds: new Map([
    ['private', 'private key'],
    ['public', 'public key'],
    ['certificate', 'certificate'],
  ]),
  names: new Map([
    ['publicUrl', 'Notification URL'],
    ['appId', 'AppID'],
    ['orderMinutes', 'Time to pay (minutes)'],
    ['sites', 'Other sites that may take payments through this shop'],
    ['externalWays', 'Show QR codes and links in the mini-program'],
    ['shipping', 'How orders go out (reported to WeChat)'],
    ['surplus', 'Overpayments'],
    ['retryDays', 'Retry a failed payment after (days)'],
    ['graceDays', 'Days allowed for manual payment'],
    ['limits', 'Limits per customer'],
    ['limits.openOrders', 'Unpaid orders per customer'],
    ['limits.attemptsPerHour', 'Payment attempts per customer per hour'],
    ['limits.waitingAttempts', 'Pending payment attempts per order'],
    ['limits.ordersPerAddress', 'Orders per network address per hour, from browsers without a sign-in'],
    ['officialAccount', 'Official account'],
    ['officialAccount.appId', 'Official account AppID'],
    ['officialAccount.appSecret', 'Official account AppSecret'],
    ['officialAccount.authorizeUrl', 'Official account sign-in address'],
    ['officialAccount.apiUrl', 'Official account API address'],
  ]),
  choices: new Map([
    ['wait', 'Handle manually'],
    ['off', 'Don’t report'],
    ['parcel', 'Parcel'],
    ['city', 'Local delivery'],
    ['virtual', 'Digital goods'],
    ['pickup', 'Pick-up'],
    ['refund', 'Refund automatically'],
  ]),
}

export const t = isChinese ? chinese : english

/**
 * Label of a field of settings; an unknown field name is shown unchanged.
 * @param code whose settings they are, if that is known
 */
export const fieldName = (name: string, code = ''): string => {
  const [first = '', ...rest] = name.split('.')
  const whole = ownName(name, code)
  return whole ?? [ownName(first, code) ?? first, ...rest].join(' ')
}

// The provider's own name comes first: the shop has an appId too.
const ownName = (name: string, code: string): string | undefined => {
  const names = fieldNames(name, code)
  const said = names && inLanguage(names.zh, names.en)
  return code === '' || code === 'shop' ? (t.names.get(name) ?? said) : (said ?? t.names.get(name))
}

/** Name of a choice of a field; a choice without a name is shown unchanged. */
export const choiceName = (choice: string, field: string, code: string): string => {
  const names = fieldNames(field, code)?.choices?.[choice]
  return names ? inLanguage(names.zh, names.en) : (t.choices.get(choice) ?? choice)
}
