// The values by which the app recognises that the user has returned from WeChat's signing page.

/** Appid of WeChat's own mini-program for signing; app.json declares it too. */
export const signingAppId = 'wxbd687630cd02ce1d'

/** The scene that App.onShow gets when another mini-program returns to ours (WeChat's document 小程序纯签约). */
export const backFromMiniProgram = 1038

/** The stored key of the contract whose signing page is open. */
export const journeyKey = 'signingJourney'
