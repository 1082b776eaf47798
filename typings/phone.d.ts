// Types for the phone, which has neither Node nor a DOM: what miniprogram-api-typings lacks.
declare function require(path: string): unknown
