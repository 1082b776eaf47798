// Types only: Component() for a page that keeps fields beside its data (timers, guards, the last answer). The official
// type can't infer data and methods once the fields are named, so the fields come first here.

export type PageWith<Fields extends WechatMiniprogram.IAnyObject> = <
  Data extends WechatMiniprogram.Component.DataOption,
  Methods extends WechatMiniprogram.Component.MethodOption,
>(
  options: WechatMiniprogram.Component.Options<Data, Record<never, never>, Methods, [], Fields, true>,
) => string
