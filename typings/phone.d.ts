// The phone has no Node and no DOM; what miniprogram-api-typings leaves out stands here.
declare function require(path: string): unknown
