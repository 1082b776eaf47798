// The sentences of the pages of payment settings: what is enabled, what its fields are called, how its keys are.
import type { SettingsTestView } from '../../../../cloudfunctions/shared/api'
import { isChinese } from '../../../messages'

interface Sentences {
  title: string
  shop: string
  off: string
  sandbox: string
  wrong: string
  fine: string
  expires: (day: string) => string
  expired: (day: string) => string
  missing: string
  hint: string
  fields: string
  keys: string
  noKeys: string
  set: string
  notSet: string
  replace: string
  keep: string
  remove: string
  removed: string
  secretHint: string
  replaceHint: string
  defaultIs: (words: string) => string
  /** after what is wrong with a field */
  orDefault: (words: string) => string
  between: (least: number, most: number) => string
  /** what the server finds wrong with a field, by its rule */
  rules: ReadonlyMap<string, string>
  yes: string
  no: string
  required: string
  optional: string
  listHint: string
  mapName: string
  mapText: string
  whole: string
  mapBoth: string
  wrongFields: (names: string) => string
  refused: string
  changed: string
  unsure: string
  nothing: string
  reload: string
  enable: string
  saveHint: string
  sureTitle: string
  /** @param gone what is taken away without another in its place */
  sureText: (replaced: string, gone: string) => string
  off1: string
  offTitle: string
  offText: (name: string) => string
  /** of the tag beside the name */
  isOff: string
  orders: (count: number) => string
  contracts: (count: number) => string
  /** @param what what is still under way */
  offOpen: (what: string) => string
  offDone: string
  older: string
  olderHint: string
  replacedAt: (time: string) => string
  sameMerchant: string
  otherMerchant: string
  open: (what: string) => string
  noneOpen: string
  restore: string
  restoreTitle: string
  /** @param which when they were replaced */
  restoreText: (which: string) => string
  restored: string
  end: string
  endThese: string
  endTitle: string
  endOpen: (what: string) => string
  endLost: string
  ended: string
  noticeTitle: string
  noticeText: string
  keysRefused: string
  refusedKeys: (names: string, since: string) => string
  known: string
  /** the note under which the case of refused keys is put away */
  knownNote: string
  failed: string
  /** asked before something is saved that did not pass its test */
  failedBefore: string
  fillFirst: string
  notTested: string
  test: string
  testing: string
  testHint: string
  outcomes: Record<SettingsTestView['outcome'], string>
  look: (names: string) => string
  ms: (ms: number) => string
  unreadable: string
  pairsNot: string
  pairs: string
  until: (day: string) => string
  over: (day: string) => string
  kinds: ReadonlyMap<string, string>
  names: ReadonlyMap<string, string>
  choices: ReadonlyMap<string, string>
}

const chinese: Sentences = {
  title: '支付设置',
  shop: '本店',
  off: '未启用',
  sandbox: '本机沙箱',
  wrong: '有误',
  fine: '正常',
  expires: (day) => `${day} 到期`,
  expired: (day) => `${day} 已过期`,
  missing: '没有设置',
  hint: '密钥加密保存，只能更换，不能查看。改动一分钟内生效。',
  fields: '内容',
  keys: '密钥检查',
  noKeys: '没有需要检查的密钥',
  set: '已设置',
  notSet: '未设置',
  replace: '更换',
  keep: '不换',
  remove: '清除',
  removed: '保存后清除',
  secretHint: '粘贴新的内容',
  replaceHint: '粘贴新的内容；不填则不换',
  defaultIs: (words) => `不填则为 ${words}`,
  orDefault: (words) => `；不填则为 ${words}`,
  between: (least, most) => `请填 ${least} 到 ${most} 之间的整数`,
  rules: new Map([
    ['missing', '这一项必须填写'],
    ['unknown', '不认识这一项，请清除'],
    ['address', '请填 http:// 或 https:// 开头的地址，结尾不带斜杠'],
    ['privateKey', '读不出私钥：请完整粘贴私钥文件的内容（PEM）'],
    ['publicKey', '读不出公钥或证书：请完整粘贴它的内容（PEM），并核对序列号'],
    ['key32', '密钥是 32 个字符，不含空格'],
    ['https', '正式收款只能用 https:// 开头的地址'],
    ['publicHost', '正式收款要填公网可以访问的域名，不能是本机或内网地址'],
    ['keySize', '密钥太短：RSA 密钥至少 2048 位'],
    ['tooShort', '密钥太短：至少 16 个字符'],
    ['sandbox', '这是本机演示用的内容：请填支付服务给您的'],
    ['rising', '请填用逗号隔开的整数，从小到大'],
    ['again', '接口地址换了，请把它也重新填写'],
    ['tooMany', '以前的设置留得太多了：请先结束一个，再保存'],
    ['stillOn', '这些设置正在使用：请先停用，再结束'],
    ['wrong', '内容不对，请核对'],
  ]),
  yes: '是',
  no: '否',
  required: '必填',
  optional: '选填',
  listHint: '整数，用逗号隔开，例如 1,3,5',
  mapName: '证书序列号',
  mapText: '证书内容（PEM）',
  whole: '请填整数',
  mapBoth: '序列号和证书要一起填',
  wrongFields: (names) => `这些内容有误：${names}`,
  refused: '没有保存：有内容不对。请检查密钥是否完整、编号是否正确',
  changed: '别人刚刚改过这些设置。请重新加载，再改一次',
  unsure: '没有收到回音，可能已经保存。请重新加载看一看',
  nothing: '没有改动',
  reload: '重新加载',
  enable: '保存并启用',
  saveHint: '保存前会检查全部内容；有一项不对就什么都不改。',
  sureTitle: '改动密钥？',
  sureText: (replaced, gone) =>
    `${replaced && `将更换：${replaced}。`}${gone && `将清除：${gone}。`}新的支付用新的密钥；旧的会留着，不对可以恢复。`,
  off1: '停用',
  offTitle: '停用这家支付服务？',
  offText: (name) => `顾客不能再用${name}支付。已经开始的支付、退款和自动续费会照常办完，设置会保留，随时可以再启用。`,
  isOff: '已停用',
  orders: (count) => `${count} 个订单`,
  contracts: (count) => `${count} 份自动续费`,
  offOpen: (what) => `已停用：顾客不能用它支付。已经开始的会照常办完，现在还有 ${what}。`,
  offDone: '已停用：顾客不能用它支付。没有还在办的订单和自动续费。',
  older: '以前的设置',
  olderHint:
    '已经开始的支付、退款和自动续费继续用它们办完。同一商户的旧设置 8 天后自动清除；别的商户的一直留着，直到你结束它。',
  replacedAt: (time) => `${time} 换下`,
  sameMerchant: '同一个商户',
  otherMerchant: '另一个商户',
  open: (what) => `还有 ${what}没有办完`,
  noneOpen: '没有还在办的',
  restore: '恢复',
  restoreTitle: '恢复这些设置？',
  restoreText: (which) => `${which}的设置会重新启用，新的支付都用它。现在的设置会留在「以前的设置」里。`,
  restored: '已恢复',
  end: '结束',
  endThese: '彻底结束这些设置',
  endTitle: '结束这些设置？',
  endOpen: (what) => `还有 ${what}没有办完，结束后它们的付款不再入账，也不能再从这里查询、关闭或退款。`,
  endLost: '用这些设置收过的款，以后不能从这里退；对方再来的通知会被拒收。不能撤销。',
  ended: '已结束',
  noticeTitle: '通知地址',
  noticeText: '请把它填到对方商户后台的回调（通知）地址里，否则付款结果要等我们去查才知道。',
  keysRefused: '密钥被拒',
  refusedKeys: (names, since) =>
    `从 ${since} 起，对方不认我们的签名，顾客付不了款。请先检查：${names}。测试、更换后保存，或恢复以前的设置。`,
  known: '知道了',
  knownNote: '在设置页点了「知道了」',
  failed: '测试没通过',
  failedBefore: '这些内容刚才没有通过测试，保存后顾客可能付不了款。',
  fillFirst: '请先填写设置，再测试',
  notTested: '没有测试：有内容不对。请检查密钥是否完整、编号是否正确',
  test: '测试连接',
  testing: '正在测试',
  testHint: '测试用的是上面填写的内容，没改的用已保存的：查询一个不存在的单号，不动钱，也不保存。',
  outcomes: {
    answered: '对方认得我们，设置可用',
    refused: '对方不认我们的签名或商户号',
    unreachable: '连不上对方的服务器',
    misconfigured: '设置不完整或有误，没有发出请求',
  },
  look: (names) => `先检查：${names}`,
  ms: (ms) => `用时 ${ms} 毫秒`,
  unreadable: '读不出来',
  pairsNot: '证书和私钥不是一对',
  pairs: '证书和私钥是一对',
  until: (day) => `${day} 到期`,
  over: (day) => `${day} 已过期，请更换`,
  kinds: new Map([
    ['private', '私钥'],
    ['public', '公钥'],
    ['certificate', '证书'],
  ]),
  names: new Map([
    ['publicUrl', '接收通知的地址'],
    ['appId', 'AppID'],
    ['orderMinutes', '订单多少分钟内支付'],
    ['surplus', '多收的款'],
    ['retryDays', '扣款失败后第几天再试'],
    ['graceDays', '之后还可自己支付的天数'],
    ['limits', '每位顾客的上限'],
    ['baseUrl', '接口地址'],
    ['offerId', 'OfferId'],
    ['offerKey', 'AppKey'],
    ['privateKey', '我方私钥'],
    ['tsOffsetSeconds', '时间戳偏移（秒）'],
    ['mchId', '商户号'],
    ['key', '商户密钥'],
    ['version', '签名版本'],
    ['encoding', '请求格式'],
    ['dialect', '接口方言'],
    ['subAppId', '子 AppID'],
    ['app', '应用编号'],
    ['secretKey', 'SecretKey'],
    ['platformPublicKey', '对方公钥'],
    ['merchantNo', '商户号'],
    ['currency', '结算币种'],
    ['isRmb', '按人民币收款'],
    ['domainCode', '域名编码'],
    ['domainSecret', '域名密钥'],
    ['signUrlsEncoded', '地址编码后再签名'],
    ['rate', '汇率'],
    ['serialNo', '商户证书序列号'],
    ['apiV3Key', 'APIv3 密钥'],
    ['publicKeyId', '微信支付公钥 ID'],
    ['publicKey', '微信支付公钥'],
    ['platformCertificates', '平台证书'],
    ['apiV2Key', 'APIv2 密钥（自动续费）'],
    ['clientCertificate', '商户证书和私钥（自动续费）'],
  ]),
  choices: new Map([
    ['wait', '等人处理'],
    ['refund', '立即退回'],
    ['form', '表单'],
    ['json', 'JSON'],
  ]),
}

const english: Sentences = {
  title: 'Payment settings',
  shop: 'This shop',
  off: 'Off',
  sandbox: 'Local sandbox',
  wrong: 'Wrong',
  fine: 'In order',
  expires: (day) => `Expires ${day}`,
  expired: (day) => `Expired ${day}`,
  missing: 'Not set up',
  hint: 'Keys are kept sealed: they can be replaced, never read. Changes take effect within a minute.',
  fields: 'Fields',
  keys: 'Keys',
  noKeys: 'No keys to look at',
  set: 'Set',
  notSet: 'Not set',
  replace: 'Replace',
  keep: 'Keep',
  remove: 'Take away',
  removed: 'Taken away when saved',
  secretHint: 'Paste the new one',
  replaceHint: 'Paste the new one; left empty, the old one stays',
  defaultIs: (words) => `Left empty: ${words}`,
  orDefault: (words) => `. Left empty: ${words}`,
  between: (least, most) => `Please give a whole number from ${least} to ${most}`,
  rules: new Map([
    ['missing', 'This must be filled in'],
    ['unknown', 'Nobody knows this field: please remove it'],
    ['address', 'Please give an address that begins with http:// or https:// and has no slash at its end'],
    ['privateKey', 'This is no private key: please paste the whole content of the key file (PEM)'],
    ['publicKey', 'This is no public key or certificate: please paste all of it (PEM) and check its serial number'],
    ['key32', 'A key has 32 characters and no blanks'],
    ['https', 'Real payments need an address that begins with https://'],
    ['publicHost', 'Real payments need a public host: not this machine, and no private network'],
    ['keySize', 'The key is too short: RSA keys have at least 2048 bits'],
    ['tooShort', 'Too short: a secret has at least 16 characters'],
    ['sandbox', 'This is the value of the local demo: give the one from your payment service'],
    ['rising', 'Please give rising whole numbers with commas between'],
    ['again', 'The address is another one: please give this again'],
    ['tooMany', 'Too many earlier settings are kept: end one, then save'],
    ['stillOn', 'These settings are in use: turn the service off first, then end them'],
    ['wrong', 'This is not right, please check it'],
  ]),
  yes: 'Yes',
  no: 'No',
  required: 'required',
  optional: 'optional',
  listHint: 'Whole numbers with commas, such as 1,3,5',
  mapName: 'Serial number',
  mapText: 'Certificate (PEM)',
  whole: 'Please give a whole number',
  mapBoth: 'Serial number and certificate go together',
  wrongFields: (names) => `Wrong: ${names}`,
  refused: 'Not saved: something in it is not right. Please check that keys are whole and numbers are correct',
  changed: 'Somebody changed these settings a moment ago. Please load them again, then change them',
  unsure: 'No answer came, and it may be saved. Please load again and look',
  nothing: 'Nothing was changed',
  reload: 'Load again',
  enable: 'Save and enable',
  saveHint: 'All of it is checked before it is stored; one wrong field, and nothing changes.',
  sureTitle: 'Change keys?',
  sureText: (replaced, gone) =>
    `${replaced && `Replaced: ${replaced}. `}${gone && `Taken away: ${gone}. `}New payments use the new ones. The old ones are kept and can be put back.`,
  off1: 'Turn off',
  offTitle: 'Turn this service off?',
  offText: (name) =>
    `Shoppers can no longer pay with ${name}. Payments, refunds and subscriptions that have begun go on. The settings stay, and you can turn it on again at any time.`,
  isOff: 'Off',
  orders: (count) => `${count} ${count === 1 ? 'order' : 'orders'}`,
  contracts: (count) => `${count} ${count === 1 ? 'subscription' : 'subscriptions'}`,
  offOpen: (what) => `Off: shoppers cannot pay with it. What has begun goes on. Still open: ${what}.`,
  offDone: 'Off: shoppers cannot pay with it. No order and no subscription is open.',
  older: 'Earlier settings',
  olderHint:
    'Payments, refunds and subscriptions that began with them go on. Those of the same merchant are removed after 8 days; those of another merchant stay until you end them.',
  replacedAt: (time) => `Replaced ${time}`,
  sameMerchant: 'Same merchant',
  otherMerchant: 'Another merchant',
  open: (what) => `still open: ${what}`,
  noneOpen: 'nothing is open',
  restore: 'Put back',
  restoreTitle: 'Put these settings back?',
  restoreText: (which) =>
    `New payments will use these settings again (${which.charAt(0).toLowerCase()}${which.slice(1)}). The present ones move to the earlier settings.`,
  restored: 'Put back',
  end: 'End',
  endThese: 'End these settings for good',
  endTitle: 'End these settings?',
  endOpen: (what) =>
    `Still open: ${what}. Their payments will never be settled, and cannot be asked about, closed or refunded from here. `,
  endLost:
    'Money taken with these settings can no longer be refunded from here, and notices about it are refused. This cannot be undone.',
  ended: 'Ended',
  noticeTitle: 'Notice address',
  noticeText:
    'Enter it as the callback (notice) address in their merchant console. Without it we learn of a payment only when we ask.',
  keysRefused: 'Keys refused',
  refusedKeys: (names, since) =>
    `Since ${since} the provider has refused our signature, so shoppers cannot pay. Check first: ${names}. Test and save new ones, or put earlier settings back.`,
  known: 'Dismiss',
  knownNote: 'Dismissed on the settings page',
  failed: 'Test failed',
  failedBefore: 'This did not pass its test a moment ago: shoppers may be unable to pay. ',
  fillFirst: 'Please fill in the settings first, then test them',
  notTested: 'Not tested: something in it is not right. Please check that keys are whole and numbers are correct',
  test: 'Test it',
  testing: 'Testing',
  testHint:
    'The test uses what is typed above, and what is stored for the rest. It asks about a payment that does not exist: no money moves and nothing is saved.',
  outcomes: {
    answered: 'They know us: the settings work',
    refused: 'They refused our signature or merchant number',
    unreachable: 'Their server cannot be reached',
    misconfigured: 'The settings are incomplete or wrong; nothing was sent',
  },
  look: (names) => `Look at first: ${names}`,
  ms: (ms) => `${ms} ms`,
  unreadable: 'Cannot be read',
  pairsNot: 'Certificate and key do not belong together',
  pairs: 'Certificate and key belong together',
  until: (day) => `Until ${day}`,
  over: (day) => `Expired ${day}, please replace`,
  kinds: new Map([
    ['private', 'private key'],
    ['public', 'public key'],
    ['certificate', 'certificate'],
  ]),
  names: new Map([
    ['publicUrl', 'Address for notices'],
    ['appId', 'AppID'],
    ['orderMinutes', 'Minutes to pay an order'],
    ['surplus', 'Surplus money'],
    ['retryDays', 'Days on which a failed charge is tried again'],
    ['graceDays', 'Days to pay by hand after that'],
    ['limits', 'Limits for each shopper'],
    ['baseUrl', 'Address of the service'],
    ['offerId', 'OfferId'],
    ['offerKey', 'AppKey'],
    ['privateKey', 'Our private key'],
    ['tsOffsetSeconds', 'Offset of timestamps, in seconds'],
    ['mchId', 'Merchant number'],
    ['key', 'Merchant key'],
    ['version', 'Version of the signature'],
    ['encoding', 'Encoding of requests'],
    ['dialect', 'Dialect'],
    ['subAppId', 'Sub AppID'],
    ['app', 'App'],
    ['secretKey', 'SecretKey'],
    ['platformPublicKey', 'Their public key'],
    ['merchantNo', 'Merchant number'],
    ['currency', 'Currency of settlement'],
    ['isRmb', 'Shoppers are asked in CNY'],
    ['domainCode', 'Domain code'],
    ['domainSecret', 'Domain secret'],
    ['signUrlsEncoded', 'Addresses are signed encoded'],
    ['rate', 'Rate'],
    ['serialNo', 'Serial number of our certificate'],
    ['apiV3Key', 'APIv3 key'],
    ['publicKeyId', 'Id of the public key of WeChat Pay'],
    ['publicKey', 'Public key of WeChat Pay'],
    ['platformCertificates', 'Platform certificates'],
    ['apiV2Key', 'APIv2 key (subscriptions)'],
    ['clientCertificate', 'Certificate and key (subscriptions)'],
  ]),
  choices: new Map([
    ['wait', 'Waits for a person'],
    ['refund', 'Goes back at once'],
    ['form', 'Form'],
    ['json', 'JSON'],
  ]),
}

export const t = isChinese ? chinese : english

/** What a field is called; one that this app does not know shows as it is. */
export const fieldName = (name: string): string => {
  const [first = '', ...rest] = name.split('.')
  return [t.names.get(first) ?? first, ...rest].join(' ')
}
