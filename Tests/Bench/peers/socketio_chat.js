// The chat of the Socket.IO tutorial with Node's socket.io: node socketio_chat.js SOCKET
const http = require('http');
const { Server } = require('socket.io');

const server = http.createServer();
const io = new Server(server, { serveClient: false });

io.on('connection', (socket) => {
  socket.on('chat message', (text) => io.emit('chat message', text));
});
server.listen({ path: process.argv[2], backlog: 4096 });
