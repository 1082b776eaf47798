// The texts of the phone's own bars and dialogs, in both languages, worded as in WeChat.
import { session } from './session'

const zh = {
  back: '返回',
  home: '返回首页',
  ok: '确定',
  cancel: '取消',
  pullToRefresh: '下拉刷新',
  refreshing: '正在刷新',
  tabBar: '标签栏',
  leaving: '即将打开另一个小程序',
  allow: '允许',
  elsewhere: '另一个小程序',
  comeBack: '完成并返回',
  copied: '内容已复制',
  saved: '已保存到相册',
  toChat: '发送到聊天（预览中保存到本机）',
  privacyTitle: '用户隐私保护提示',
  privacyText: '继续使用前，请阅读并同意小程序的隐私保护指引',
  privacyContract: '《小程序隐私保护指引》',
  agree: '同意',
  refuse: '拒绝',
}

const en: typeof zh = {
  back: 'Back',
  home: 'Home',
  ok: 'OK',
  cancel: 'Cancel',
  pullToRefresh: 'Pull to refresh',
  refreshing: 'Refreshing',
  tabBar: 'Tab bar',
  leaving: 'Another mini program will open',
  allow: 'Allow',
  elsewhere: 'Another mini program',
  comeBack: 'Done, go back',
  copied: 'Copied',
  saved: 'Saved to the album',
  toChat: 'Send to a chat (the preview saves the file here)',
  privacyTitle: 'Your privacy',
  privacyText: 'To continue, read and accept this mini program’s privacy guide',
  privacyContract: 'Privacy guide',
  agree: 'Accept',
  refuse: 'Decline',
}

export const words = session.language === 'en' ? en : zh
