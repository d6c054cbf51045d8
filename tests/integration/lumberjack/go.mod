module outrider/lumberjack

go 1.21

require (
	github.com/elastic/go-lumber v0.1.1 // indirect
	github.com/klauspost/compress v1.17.11 // indirect
)
