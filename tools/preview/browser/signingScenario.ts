// The result of the next contract signing. The developer chooses it in the devtools or in the address
// (?signing=jump-fails). It applies to one signing only. The names are those of the fake server; with `choose` the
// person decides with the buttons of the signing page.

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
