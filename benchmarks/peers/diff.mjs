// Builds update actions for pairs of customers: as many fields, of the same kinds, as a connector manifest has.
// node diff.mjs FOLDER_OF_SYNC_ACTIONS PAIRS CHANGED_PERCENT ROUNDS; prints the seconds of each round as JSON.
import { createRequire } from 'node:module'

const [, , folder, pairs, percent, rounds] = process.argv
const { createSyncCustomers } = createRequire(import.meta.url)(folder)

function customer(number, changed) {
  return {
    id: `customer-${number}`,
    version: 1,
    email: `dev-${number % 50}@acme.example`,
    firstName: 'Jane',
    lastName: `Roe ${number}`,
    middleName: 'of Acme',
    title: 'Lead engineer',
    salutation: `Connects the shop to system ${number}${changed ? ' and its successor' : ''}, keeps orders in step`,
    companyName: 'Acme',
    customerNumber: `acme-connector-${number}`,
    externalId: `v1.${number % 20}.${changed ? 9 : number % 7}`,
    vatId: `https://acme.example/support/${number}`,
    locale: 'en',
    stores: [`shop-${number % 10}`, `shop-${number % 10}-staging`, 'outlet'].map((key) => ({ typeId: 'store', key })),
    addresses: [
      { id: 'a', key: 'git', streetName: `git@github.com:acme/connector-${number}.git`, country: 'DE' },
      { id: 'b', key: 'docs', streetName: `https://acme.example/docs/connectors/${number}`, country: 'US' },
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
