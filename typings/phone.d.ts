// Types for code that runs on the phone, which has neither Node nor a DOM. This file adds what miniprogram-api-typings
// lacks.
declare function require(path: string): unknown
