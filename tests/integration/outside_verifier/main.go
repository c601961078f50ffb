// Checks a published log with Go's own transparency-log packages and nothing of glassledger.
//
//	main tree DIR VKEY [OLD-CHECKPOINT]   re-hash every entry and tile; prove records and an older head from the tiles
//	main proof FILE ENTRY VKEY            check one entry against a .tlog-proof
//
// Prints OK and exits 0, or says what is wrong and exits 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	var err error
	switch {
	case len(os.Args) >= 4 && os.Args[1] == "tree":
		err = checkTree(os.Args[2], os.Args[3], os.Args[4:])
	case len(os.Args) == 5 && os.Args[1] == "proof":
		err = checkProof(os.Args[2], os.Args[3], os.Args[4])
	default:
		err = fmt.Errorf("usage: tree DIR VKEY [OLD] | proof FILE ENTRY VKEY")
	}
	if err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
}

// open verifies a checkpoint's signature and origin.
func open(data []byte, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("checkpoint is not origin, size, root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tree, fmt.Errorf("checkpoint size %q", lines[1])
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

// tilePath turns Go's tile/8/L/N into the tile/L/N of tlog-tiles.
func tilePath(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

// static reads tiles from a folder for tlog.TileHashReader, which authenticates them against the tree's hash.
type static string

func (s static) Height() int                         { return height }
func (s static) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (s static) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(s), tilePath(tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func entries(data []byte, width int) ([][]byte, error) {
	var all [][]byte
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, fmt.Errorf("cut bundle")
		}
		size := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+size {
			return nil, fmt.Errorf("cut bundle")
		}
		all, data = append(all, data[2:2+size]), data[2+size:]
	}
	if len(all) != width {
		return nil, fmt.Errorf("bundle of %d entries, want %d", len(all), width)
	}
	return all, nil
}

// hashAll re-hashes every published entry.
func hashAll(dir string, size int64) (tlog.HashReader, []tlog.Hash, error) {
	var stored, leaves []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, index := range indexes {
			out = append(out, stored[index])
		}
		return out, nil
	})
	for first := int64(0); first < size; first += 1 << height {
		width := int64(1 << height)
		if size-first < width {
			width = size - first
		}
		tile := tlog.Tile{H: height, L: -1, N: first >> height, W: int(width)}
		data, err := os.ReadFile(filepath.Join(dir, tilePath(tile)))
		if err != nil {
			return nil, nil, err
		}
		bundle, err := entries(data, int(width))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %v", tilePath(tile), err)
		}
		for i, entry := range bundle {
			leaf := tlog.RecordHash(entry)
			hashes, err := tlog.StoredHashesForRecordHash(first+int64(i), leaf, reader)
			if err != nil {
				return nil, nil, err
			}
			stored, leaves = append(stored, hashes...), append(leaves, leaf)
		}
	}
	return reader, leaves, nil
}

func checkTree(dir, vkey string, old []string) error {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := open(data, vkey)
	if err != nil {
		return err
	}
	computed, leaves, err := hashAll(dir, tree.N)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, computed)
	if err != nil || root != tree.Hash {
		return fmt.Errorf("entries hash to %v, signed is %v (%v)", root, tree.Hash, err)
	}
	tiles, err := checkTiles(dir, tree.N, computed)
	if err != nil {
		return err
	}
	published := tlog.TileHashReader(tree, static(dir))
	for _, index := range []int64{0, 1, 255, 256, tree.N / 2, tree.N - 1} {
		if index < 0 || index >= tree.N {
			continue
		}
		proof, err := tlog.ProveRecord(tree.N, index, published)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index])
		}
		if err != nil {
			return fmt.Errorf("record %d: %v", index, err)
		}
	}
	if err := checkOld(old, vkey, tree, published); err != nil {
		return err
	}
	fmt.Printf("OK %d entries, %d tiles, root %v\n", tree.N, tiles, tree.Hash)
	return nil
}

func checkTiles(dir string, size int64, computed tlog.HashReader) (int, error) {
	count := 0
	for level := 0; size>>(height*uint(level)) > 0; level++ {
		hashes := size >> (height * uint(level))
		for first := int64(0); first < hashes; first += 1 << height {
			width := int64(1 << height)
			if hashes-first < width {
				width = hashes - first
			}
			tile := tlog.Tile{H: height, L: level, N: first >> height, W: int(width)}
			want, err := tlog.ReadTileData(tile, computed)
			if err != nil {
				return 0, err
			}
			have, err := os.ReadFile(filepath.Join(dir, tilePath(tile)))
			if err != nil {
				return 0, err
			}
			if !bytes.Equal(have, want) {
				return 0, fmt.Errorf("%s differs from the entries", tilePath(tile))
			}
			count++
		}
	}
	return count, nil
}

func checkOld(old []string, vkey string, tree tlog.Tree, published tlog.HashReader) error {
	for _, path := range old {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		past, err := open(data, vkey)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, past.N, published)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, past.N, past.Hash)
		}
		if err != nil {
			return fmt.Errorf("older head of %d entries: %v", past.N, err)
		}
	}
	return nil
}

func checkProof(path, entryPath, vkey string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	parts := strings.SplitN(string(data), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return fmt.Errorf("not a proof")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return fmt.Errorf("hash line %q", line)
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		proof = append(proof, hash)
	}
	tree, err := open([]byte(parts[1]), vkey)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("OK entry %d of %d\n", index, tree.N)
	return nil
}
