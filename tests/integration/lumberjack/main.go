// A Lumberjack 2 server made of Elastic's own go-lumber: writes each event as one line of JSON to standard output,
// then acknowledges its batch, perhaps after a while during which it only keeps the connection alive.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"log"
	"net"
	"os"
	"time"

	v2 "github.com/elastic/go-lumber/server/v2"
)

func tlsConfig(certificate, key, authority string) *tls.Config {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		log.Fatal(err)
	}
	pem, err := os.ReadFile(authority)
	if err != nil {
		log.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(pem)
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
}

func main() {
	bind := flag.String("bind", "127.0.0.1:0", "where to listen")
	delay := flag.Duration("delay", 0, "how long each batch waits for its acknowledgement")
	keepalive := flag.Duration("keepalive", time.Second, "how often it is said meanwhile that we are alive")
	certificate := flag.String("certificate", "", "PEM file: speak TLS, and ask clients for theirs")
	key := flag.String("key", "", "PEM file")
	authority := flag.String("authority", "", "PEM file: who signs clients")
	flag.Parse()

	listener, err := net.Listen("tcp", *bind)
	if err != nil {
		log.Fatal(err)
	}
	options := []v2.Option{v2.Keepalive(*keepalive)}
	if *certificate != "" {
		listener = tls.NewListener(listener, tlsConfig(*certificate, *key, *authority))
	}
	server, err := v2.NewWithListener(listener, options...)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on %s", listener.Addr())
	for batch := range server.ReceiveChan() {
		time.Sleep(*delay)
		out := bufio.NewWriter(os.Stdout)
		encoder := json.NewEncoder(out)
		for _, event := range batch.Events {
			if err := encoder.Encode(event); err != nil {
				log.Fatal(err)
			}
		}
		if err := out.Flush(); err != nil {
			log.Fatal(err)
		}
		batch.ACK()
	}
}
