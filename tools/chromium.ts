// Finds the Chromium that walks and screenshots run in; nothing is downloaded.
import { existsSync } from 'node:fs'

const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** The path of an installed Chromium or Chrome. @throws with the sentence that tells what to do */
export function findChromium(): string {
  const found = places.find((place) => place !== undefined && place !== '' && existsSync(place))
  if (found === undefined)
    throw new Error(
      'Chromium is missing. On Debian or Ubuntu: apt-get install -y chromium fonts-noto-cjk. Elsewhere install Chromium or Chrome and set CHROMIUM to its path.',
    )
  return found
}

/** Switches with which a headless Chromium stays quiet on a machine without a network. */
export const quietSwitches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
