// The import law of docs/design.md: who may import whom, and that no imports run in a circle. `npm run check` holds the
// tree against it, types included; test/law/importLaw.test.ts plants each forbidden import and sees it refused.

const shared = '^cloudfunctions/shared'
const rules = '^miniprogram/rules/'
const zod = 'node_modules/zod/mini/'

// The rooms of usecases/ import each other one way only, so that each can be read with what stands below it.
const rooms = {
  platform: [],
  settle: ['platform'],
  orders: ['settle', 'shipping', 'platform'],
  refunds: ['settle', 'platform'],
  contracts: ['settle', 'platform'],
  shipping: ['platform'],
  jobs: ['platform'],
  due: ['contracts', 'refunds', 'shipping', 'jobs', 'settle', 'platform'],
  web: ['orders', 'settle', 'platform'],
  staff: ['orders', 'contracts', 'refunds', 'shipping', 'jobs', 'settle', 'platform'],
}

/** What these files import must be one of `allowed`. */
const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: typeof from === 'string' ? { path: from } : from,
  to: { pathNot: allowed },
})

/** What these files import must be none of `forbidden`. */
const never = (name, comment, from, forbidden) => ({
  name,
  comment,
  severity: 'error',
  from,
  to: typeof forbidden === 'string' ? { path: forbidden } : forbidden,
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    never('no-circle', 'Files in a circle can only be read, tested and moved together.', {}, { circular: true }),
    never(
      'no-lost-import',
      'An import that leads nowhere would escape every rule below.',
      {},
      { couldNotResolve: true },
    ),

    only(
      'domain',
      'The rules of money are pure: they can be read and tested without a database, a network or a clock.',
      `${shared}/domain/`,
      [`${shared}/domain/`, rules],
    ),
    only(
      'provider',
      'A provider reports what its server says and decides nothing: it knows no store, no use case, no other provider.',
      `${shared}/providers/([^/]+)/`,
      [
        `${shared}/providers/$1/`,
        // Contracts belong to the merchant's account at WeChat Pay; the rule below holds the other direction.
        `${shared}/providers/papay/`,
        `${shared}/providers/(provider|complaints|codecs|signing)\\.ts$`,
        `${shared}/domain/`,
        rules,
        zod,
      ],
    ),
    never(
      'papay-for-wechatpay',
      'WeChat Pay’s contracts use the merchant’s account: only that provider takes them in, and papay/ knows nothing of it.',
      { path: `${shared}/`, pathNot: `${shared}/providers/(wechatpay|papay)/` },
      `${shared}/providers/papay/`,
    ),
    only(
      'usecases',
      'A use case gets database, time and providers from its context, so that tests and the simulator own all of them.',
      `${shared}/usecases/`,
      [
        `${shared}/usecases/`,
        `${shared}/domain/`,
        `${shared}/providers/(provider|complaints|signing|codecs)\\.ts$`,
        `${shared}/store/`,
        `${shared}/api/`,
        rules,
        zod,
      ],
    ),
    ...Object.entries(rooms).map(([room, below]) =>
      only(
        `room-${room}`,
        `usecases/${room}/ uses ${below.join(', ') || 'no other room'}: rooms import each other one way only.`,
        `${shared}/usecases/${room}/`,
        [`${shared}/usecases/(${[room, ...below].join('|')})/`, `${shared}/(?!usecases/)`, rules, zod],
      ),
    ),
    only(
      'no-file-beside-the-rooms',
      'A use case stands in a room, where the rules above hold it.',
      `${shared}/usecases/[^/]+\\.ts$`,
      ['^$'],
    ),
    only(
      'store',
      'The store reads and writes documents; the database is an argument, so that tests can lose and repeat its answers.',
      `${shared}/store/`,
      [`${shared}/store/`, `${shared}/domain/`, rules, '^(node:)?crypto$'],
    ),
    only('api', 'The phone compiles against these types: what they import, the phone could reach.', `${shared}/api/`, [
      `${shared}/api/`,
      `${shared}/domain/`,
      `${shared}/store/`,
      rules,
      zod,
    ]),
    only(
      'function-entry',
      'A function’s entry only joins its caller with its table of actions.',
      '^cloudfunctions/(?!shared/)[^/]+/index\\.ts$',
      [`${shared}/(runtime/serve(Staff|Web)?\\.ts$|api/|usecases/)`, '^cloudfunctions/[^/]+/actions\\.ts$'],
    ),
    only(
      'function-actions',
      'Without the SDK, so that tests run the same table of actions as the cloud.',
      '^cloudfunctions/(?!shared/)[^/]+/actions\\.ts$',
      [`${shared}/(api|usecases)/`],
    ),
    never(
      'one-caller-each',
      'A function is deployed alone and has one kind of caller: nothing imports it, and no function imports another.',
      { path: '^(cloudfunctions/shared|miniprogram)/' },
      '^cloudfunctions/(?!shared/)',
    ),
    never(
      'sdk-in-one-place',
      'wx-server-sdk has no usable types and surprises in its writes: runtime/cloud.ts hides both.',
      { path: '^(cloudfunctions|miniprogram)/', pathNot: `${shared}/runtime/cloud\\.ts$` },
      '(^|/)node_modules/wx-server-sdk/|^wx-server-sdk$',
    ),
    never(
      'crypto-in-two-places',
      'Signatures are made in providers/signing.ts and settings sealed in store/settings.ts: two files to review.',
      { path: '^cloudfunctions/', pathNot: [`${shared}/providers/signing\\.ts$`, `${shared}/store/settings\\.ts$`] },
      '^(node:)?crypto$',
    ),

    only(
      'rules',
      'Phone, website, functions and tools bundle these files: each would carry whatever they import.',
      rules,
      [rules],
    ),
    never(
      'functions-take-rules-only',
      'The rest of the mini-program runs on a phone only.',
      { path: '^cloudfunctions/' },
      { path: '^miniprogram/', pathNot: rules },
    ),

    only('openmidas', 'The SDK is usable on its own, in any mini-program.', '^miniprogram/openmidas/', [
      '^miniprogram/openmidas/',
    ]),
    only(
      'phone',
      'DevTools compiles this folder alone: relative files of it, and types of the contract with the functions.',
      { path: '^miniprogram/' },
      ['^miniprogram/', `${shared}/api/`],
    ),
    never(
      'phone-takes-types-only',
      'A value from the functions would bring zod and the rules of money into the mini-program’s package.',
      { path: '^miniprogram/' },
      { path: '^cloudfunctions/', dependencyTypesNot: ['type-only'] },
    ),
    never(
      'admin-is-a-subpackage',
      'WeChat loads it for staff only: the main package may not need anything of it.',
      { path: '^miniprogram/', pathNot: '^miniprogram/pages/admin/' },
      '^miniprogram/pages/admin/',
    ),

    never(
      'product-stands-alone',
      'What is deployed needs nothing that runs only on a developer’s machine.',
      { path: '^(cloudfunctions|miniprogram)/' },
      '^(tools|test|packages)/',
    ),
    only(
      'website',
      'It ships: what surrounds the pages in a browser needs the host of packages/ and OpenMidas, and nothing of a developer’s machine.',
      '^web/',
      ['^web/', '^packages/miniprogram-web/src/browser/', '^miniprogram/openmidas/', rules],
    ),
    never(
      'nobody-knows-the-website',
      'No page knows where it runs.',
      { path: '^(cloudfunctions|miniprogram|packages)/' },
      '^web/',
    ),
    never(
      'packages-stand-alone',
      'Other projects use them: they know nothing of this shop.',
      // A package's tests may borrow the browser that tools/ finds.
      { path: '^packages/[^/]+/(?!test/)' },
      '^(cloudfunctions|miniprogram|tools|test)/',
    ),
  ],
  options: {
    // Types tie files together as values do: a circle of types is a circle.
    tsPreCompilationDeps: true,
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '(^|/)(dist|miniprogram_npm|fixtures?)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.cjs', '.js', '.json', '.d.ts'],
      conditionNames: ['require', 'node', 'default'],
    },
  },
}
