// Types only: a Component() type for pages that keep fields beside their data (timers, guards, the last answer). With
// the official type, a page that names such fields loses the inferred types of its data and methods. This type takes
// the fields first, so that data and methods are still inferred.

export type PageWith<Fields extends WechatMiniprogram.IAnyObject> = <
  Data extends WechatMiniprogram.Component.DataOption,
  Methods extends WechatMiniprogram.Component.MethodOption,
>(
  options: WechatMiniprogram.Component.Options<Data, Record<never, never>, Methods, [], Fields, true>,
) => string
