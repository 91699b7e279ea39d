// Dies in the way that its argument names.
const death = process.argv[2];
console.log('starting', death);
switch (death) {
  case 'exception':
    throw new TypeError('the order has no customer');
  case 'rejection':
    Promise.reject(new Error('cannot reach the queue'));
    break;
  case 'module':
    require('express');
    break;
  case 'heap': {
    const kept = [];
    for (;;) kept.push(new Array(100000).fill(kept.length));
  }
  case 'port':
    require('net').createServer().listen(8080, '127.0.0.1');
    break;
}
