(function () {
  var peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:stun.peer-relay.example:3478" }] }), channel = peer.createDataChannel("c");
  peer.createOffer().then(function (offer) { peer.setLocalDescription(offer); });
  channel.onopen = function () {
    document.addEventListener("change", function (event) { channel.send(JSON.stringify(["changed", event.target.name])); });
  };
})();
