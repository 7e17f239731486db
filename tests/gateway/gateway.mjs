/**
 * Mock WeChat gateway for tests: the genuine wechaty-puppet-service PuppetServer
 * in front of a wechaty-puppet-mock puppet, on the loopback interface only.
 *
 *   GATEWAY_PORT   gRPC port            (default 18788; 0 is not supported by PuppetServer)
 *   CONTROL_PORT   HTTP control port    (default 18789)
 *   WECHATY_PUPPET_SERVICE_TOKEN        (default insecure_00000000-0000-4000-8000-000000000000)
 *   GATEWAY_TLS=1  encrypted, with the certificate and key that the server takes from
 *                  WECHATY_PUPPET_SERVICE_TLS_SERVER_CERT and …_KEY (PEM text)
 *
 * Control endpoint (JSON in, JSON out):
 *   GET  /state                       {loggedIn, listening, self, rooms, contacts, calls}
 *   GET  /sent[?since=N]              everything the bot sent, in order
 *   POST /reset                       forget what was sent, the call counters and the failures
 *   POST /echo    {on}                deliver the bot's own messages as `message` events, too, as
 *                                     some real puppets do
 *   POST /emit    {event,payload}     any event of the puppet, however odd
 *   POST /contact {id,name}           add or rename a contact
 *   POST /room    {id,topic,members}  add a room
 *   POST /inject  {room?,talker,text?,mentions?,image?:{base64,name},id?,timestamp?,type?}
 *   POST /burst   {room,n,talkers?}   n text messages as fast as possible
 *   POST /topic   {room,topic,by}     change a topic (emits room-topic)
 *   POST /login | /logout             log the bot's account in or out
 *   POST /fail    {method,times}      make the next calls of a puppet method throw
 */
import http from 'node:http'
import { randomUUID } from 'node:crypto'
import { FileBox } from 'file-box'
import * as PUPPET from 'wechaty-puppet'
import { PuppetServer } from 'wechaty-puppet-service'
import { mock, PuppetMock } from 'wechaty-puppet-mock'

const HOST = '127.0.0.1'
const GATEWAY_PORT = Number(process.env.GATEWAY_PORT ?? 18788)
const CONTROL_PORT = Number(process.env.CONTROL_PORT ?? 18789)
const TOKEN = process.env.WECHATY_PUPPET_SERVICE_TOKEN ?? 'insecure_00000000-0000-4000-8000-000000000000'
const TLS = process.env.GATEWAY_TLS === '1'

const SELF = 'wxid_bot'
const sent = []
const calls = {}
const failures = {}
let echoSelf = false

const nextMessageId = () => `m-${randomUUID()}`

/** PuppetMock drops mentions, returns no message id, and serves a fixed QR code as every image. */
class RecordingPuppet extends PuppetMock {

  images = new Map()

  #count (name) {
    calls[name] = (calls[name] ?? 0) + 1
    if (failures[name] > 0) {
      failures[name]--
      throw new Error(`injected failure of ${name}`)
    }
  }

  #deliver (payload, emit) {
    this.mocker.MessageMock.create(payload)
    if (emit) this.emit('message', { messageId: payload.id })
    return payload.id
  }

  #fromBot (conversationId, extra) {
    const isRoom = this.mocker.cacheRoomPayload.has(conversationId)
    if (!isRoom && !this.mocker.cacheContactPayload.has(conversationId)) {
      throw new Error(`no such conversation: ${conversationId}`)
    }
    return {
      id: nextMessageId(),
      talkerId: SELF,
      timestamp: Date.now(),
      ...(isRoom ? { roomId: conversationId } : { listenerId: conversationId }),
      ...extra,
    }
  }

  async messageSendText (conversationId, text, mentionIdList = []) {
    this.#count('messageSendText')
    const payload = this.#fromBot(conversationId, { mentionIdList, text, type: PUPPET.types.Message.Text })
    sent.push({ seq: sent.length, kind: 'text', id: payload.id, to: conversationId, text, mentions: mentionIdList, at: payload.timestamp })
    return this.#deliver(payload, echoSelf)
  }

  async messageSendFile (conversationId, fileBox) {
    this.#count('messageSendFile')
    const bytes = await fileBox.toBuffer()
    const payload = this.#fromBot(conversationId, { filename: fileBox.name, type: PUPPET.types.Message.Image })
    sent.push({ seq: sent.length, kind: 'file', id: payload.id, to: conversationId, name: fileBox.name, mediaType: fileBox.mediaType, size: bytes.length, base64: bytes.toString('base64'), at: payload.timestamp })
    this.images.set(payload.id, { base64: bytes.toString('base64'), name: fileBox.name })
    return this.#deliver(payload, echoSelf)
  }

  async messageImage (messageId) {
    this.#count('messageImage')
    const image = this.images.get(messageId)
    if (!image) throw new Error(`no image in message ${messageId}`)
    return FileBox.fromBase64(image.base64, image.name)
  }

  async messageFile (messageId) { return this.messageImage(messageId) }

  async messageRawPayload (id) { this.#count('messageRawPayload'); return super.messageRawPayload(id) }
  async contactRawPayload (id) { this.#count('contactRawPayload'); return super.contactRawPayload(id) }
  async roomRawPayload (id) { this.#count('roomRawPayload'); return super.roomRawPayload(id) }
  async roomMemberList (id) { return this.mocker.roomPayload(id).memberIdList }

  inject ({ room, talker, text, mentions = [], image, id = nextMessageId(), timestamp = Date.now(), type }) {
    if (image) this.images.set(id, image)
    return this.#deliver({
      id,
      talkerId: talker,
      text: text ?? '',
      timestamp,
      type: type ?? (image ? PUPPET.types.Message.Image : PUPPET.types.Message.Text),
      ...(image ? { filename: image.name } : {}),
      ...(room ? { roomId: room, mentionIdList: mentions } : { listenerId: SELF }),
    }, true)
  }
}

const mocker = new mock.Mocker()
const puppet = new RecordingPuppet({ mocker })

mocker.createContact({ id: SELF, name: 'Bot' })
mocker.createContact({ id: 'wxid_alice', name: '爱丽丝' })
mocker.createContact({ id: 'wxid_bob', name: 'Bob' })
mocker.createRoom({ id: '1001@chatroom', topic: '测试群', memberIdList: [SELF, 'wxid_alice', 'wxid_bob'] })
mocker.createRoom({ id: '1002@chatroom', topic: 'Second room', memberIdList: [SELF, 'wxid_bob'] })

/** The mocker runs its behaviours at each puppet start: log in, as a stored session would. */
mocker.use(m => {
  if (!puppet.isLoggedIn) m.login(m.ContactMock.load(SELF))
  return () => {}
})

const server = new PuppetServer({
  endpoint: `${HOST}:${GATEWAY_PORT}`,
  puppet,
  token: TOKEN,
  tls: { disable: !TLS },
})

const routes = {
  'GET /state': () => ({
    calls,
    contacts: [...mocker.cacheContactPayload.values()].map(({ id, name }) => ({ id, name })),
    listening: puppet.listenerCount('message') > 0,
    loggedIn: puppet.isLoggedIn,
    rooms: [...mocker.cacheRoomPayload.values()].map(({ id, topic, memberIdList }) => ({ id, members: memberIdList, topic })),
    self: SELF,
    sent: sent.length,
  }),
  'GET /sent': (_, query) => sent.slice(Number(query.get('since') ?? 0)),
  'POST /reset': () => {
    sent.length = 0
    for (const key of Object.keys(calls)) delete calls[key]
    for (const key of Object.keys(failures)) delete failures[key]
    echoSelf = false
    return {}
  },
  'POST /echo': ({ on }) => { echoSelf = on; return {} },
  'POST /emit': ({ event, payload }) => { puppet.emit(event, payload); return {} },
  'POST /contact': async ({ id, name }) => {
    if (mocker.cacheContactPayload.has(id)) {
      mocker.cacheContactPayload.get(id).name = name
      await puppet.dirtyPayload(PUPPET.types.Payload.Contact, id)
    } else {
      mocker.createContact({ id, name })
    }
    return {}
  },
  'POST /room': ({ id, topic, members = [SELF] }) => { mocker.createRoom({ id, memberIdList: members, topic }); return {} },
  'POST /inject': body => ({ id: puppet.inject(body) }),
  'POST /burst': ({ room, n, talkers = ['wxid_alice', 'wxid_bob'] }) => {
    for (let i = 0; i < n; i++) puppet.inject({ room, talker: talkers[i % talkers.length], text: `burst ${i}` })
    return { n }
  },
  'POST /topic': ({ room, topic, by = 'wxid_alice' }) => {
    mocker.RoomMock.load(room).topic(topic).by(mocker.ContactMock.load(by))
    return {}
  },
  'POST /login': () => { puppet.login(SELF); return {} },
  'POST /logout': async () => { await puppet.logout('control'); return {} },
  'POST /fail': ({ method, times = 1 }) => { failures[method] = times; return {} },
}

const control = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://localhost')
  const reply = (status, body) => {
    res.writeHead(status, { 'content-type': 'application/json' })
    res.end(JSON.stringify(body))
  }
  try {
    const handler = routes[`${req.method} ${url.pathname}`]
    if (!handler) return reply(404, { error: 'no such route' })
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    reply(200, await handler(text ? JSON.parse(text) : {}, url.searchParams))
  } catch (e) {
    reply(500, { error: e.message })
  }
})

// A listener for `error`, so that an error of the mock does not end the process.
puppet.on('error', e => console.error('puppet error:', JSON.stringify(e)))

await server.start()
await new Promise((resolve, reject) => control.listen(CONTROL_PORT, HOST, resolve).on('error', reject))
console.log(JSON.stringify({ ready: true, grpc: `${HOST}:${GATEWAY_PORT}`, control: `http://${HOST}:${CONTROL_PORT}` }))

const stop = async () => {
  control.close()
  await server.stop()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
