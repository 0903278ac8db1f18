import { withAndWithout } from './pass.js'

export default withAndWithout('convolutions-in-blocks', { net: 'mobilenet_v2', size: 128, batch: 32 })
