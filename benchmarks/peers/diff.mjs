// Builds update actions for pairs of customers: as many fields, of the same kinds, as a connector manifest has.
// node diff.mjs FOLDER_OF_SYNC_ACTIONS PAIRS CHANGED_PERCENT ROUNDS; prints the seconds of each round as JSON.
import { createRequire } from 'node:module'

const [, , folder, pairs, percent, rounds] = process.argv
const { createSyncCustomers } = createRequire(import.meta.url)(folder)

const words = `order product customer price tax invoice parcel warehouse payment refund category locale currency store
  cart discount segment shipment supplier channel inventory review search index export import catalog attribute`.split(/\s+/)

// Values of its own for each customer, from its number: mulberry32, a small generator with a seed.
function drawing(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % below
  }
}

function customer(number, changed) {
  const draw = drawing(number)
  const text = (count) => Array.from({ length: count }, () => words[draw(words.length)]).join(' ')
  // One description in four is long, as in benchmarks/own_values.py.
  const description = text(draw(4) ? 10 + draw(30) : 80 + draw(320))
  // Drawn in any case, so that a changed customer keeps its other values.
  const release = `v${draw(30)}.${draw(200)}.${draw(500)}`
  return {
    id: `customer-${number}`,
    version: 1,
    email: `${text(1)}${draw(1000)}@${text(1)}.example`,
    firstName: text(1),
    lastName: `${text(1)} ${number}`,
    middleName: text(1),
    title: `${text(1)} engineer ${draw(400)}`,
    salutation: description + (changed ? ' Replaced by its successor.' : ''),
    companyName: `${text(2)} ${draw(1000)}`,
    customerNumber: `${text(1)}-${number}`,
    externalId: changed ? 'v99.0.0' : release,
    vatId: `https://${text(1)}.example/support/${draw(2 ** 31)}`,
    locale: 'en',
    stores: [0, 1, 2].map((place) => ({ typeId: 'store', key: `${text(1)}-${draw(100000)}-${place}` })),
    addresses: [
      { id: 'a', key: 'git', streetName: `git@github.com:${text(1)}/${text(1)}-${draw(10 ** 6)}.git`, country: 'DE' },
      { id: 'b', key: 'docs', streetName: `https://docs.example/${draw(2 ** 31)}/${text(1)}`, country: 'US' },
    ],
  }
}

const sync = createSyncCustomers()
const before = Array.from({ length: Number(pairs) }, (_, number) => customer(number, false))
const now = before.map((_, number) => customer(number, number % 100 < Number(percent)))
const seconds = []
let actions = 0
for (let round = 0; round < Number(rounds); round++) {
  actions = 0
  const begin = performance.now()
  for (let index = 0; index < before.length; index++) actions += sync.buildActions(now[index], before[index]).length
  seconds.push((performance.now() - begin) / 1000)
}
console.log(JSON.stringify({ seconds, actions }))
