// Types only: a Component() type for pages that keep fields beside their data (timers, guards, the last answer). The
// official type cannot infer data and methods once fields are named, so this type takes the fields first.

export type PageWith<Fields extends WechatMiniprogram.IAnyObject> = <
  Data extends WechatMiniprogram.Component.DataOption,
  Methods extends WechatMiniprogram.Component.MethodOption,
>(
  options: WechatMiniprogram.Component.Options<Data, Record<never, never>, Methods, [], Fields, true>,
) => string
