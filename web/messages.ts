// Sentences that only the website needs.
export const unavailable = [
  '页面没有加载完整，请检查网络后刷新重试。',
  'The page did not load completely. Please check your network and reload.',
]
