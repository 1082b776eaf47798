// What the next signing does, chosen at the desk or in the address (?signing=jump-fails); it is used up by the signing
// that meets it. The words are those of the sandbox's twin; `choose` leaves it to the buttons of WeChat's page.

export const signingScenarios = [
  'choose',
  'jump-fails',
  'already-signed',
  'refuse',
  'signed-and-back',
  'notice-late',
  'notice-twice',
  'notice-never',
] as const

export type SigningScenario = (typeof signingScenarios)[number]

const asked = new URLSearchParams(location.search).get('signing')
let next: SigningScenario = signingScenarios.find((one) => one === asked) ?? 'choose'

export const nextSigning = (): SigningScenario => next

export function chooseSigning(scenario: SigningScenario): void {
  next = scenario
}

export function takeSigning(): SigningScenario {
  const taken = next
  next = 'choose'
  window.dispatchEvent(new Event('preview-signed'))
  return taken
}
