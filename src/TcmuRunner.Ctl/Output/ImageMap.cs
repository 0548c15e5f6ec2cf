// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Ctl.Output;

/// <summary>A picture of a disk: one character for each of many equal parts, by how much of it holds data.</summary>
internal sealed class ImageMap
{
    private const int Columns = 64;
    private const int MaximumRows = 16;
    private const int SmallestCellBytes = 4096;
    private const string Fills = "▁▂▃▄▅▆▇";

    private readonly long _sizeBytes;
    private readonly long _cellBytes;
    private readonly long[] _mapped;

    /// <param name="sizeBytes">Size of the disk.</param>
    internal ImageMap(long sizeBytes)
    {
        _sizeBytes = sizeBytes;

        // A power of two, so that what starts at a round number starts a character.
        _cellBytes = SmallestCellBytes;
        while (_cellBytes * Columns * MaximumRows < sizeBytes && _cellBytes < 1L << 53)
        {
            _cellBytes *= 2;
        }

        _mapped = new long[Math.Max(0, ((sizeBytes - 1) / _cellBytes) + 1)];
    }

    /// <summary>Adds an extent of the disk.</summary>
    internal void Add(long start, long length, bool isMapped)
    {
        for (long position = start; isMapped && position < start + length && position < _sizeBytes;)
        {
            long cell = position / _cellBytes;
            long end = Math.Min(start + length, (cell + 1) * _cellBytes);
            _mapped[cell] += end - position;
            position = end;
        }
    }

    /// <summary>Draws the picture.</summary>
    internal IEnumerable<string> Lines(string name)
    {
        long total = _mapped.Sum();
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {ByteSize.Format(total)} of {ByteSize.Format(_sizeBytes)} hold data ({100.0 * total / Math.Max(1, _sizeBytes):F1} %)");
        for (int first = 0; first < _mapped.Length; first += Columns)
        {
            string cells = string.Concat(Enumerable.Range(first, Math.Min(Columns, _mapped.Length - first)).Select(Cell));
            yield return $"{ByteSize.Format(first * _cellBytes),10}  {cells}";
        }

        yield return $"  · nothing   ▁▂▃▄▅▆▇ a part   █ all data   one character is {ByteSize.Format(_cellBytes)}";
    }

    private char Cell(int index)
    {
        long bytes = Math.Min(_cellBytes, _sizeBytes - (index * _cellBytes));
        long mapped = _mapped[index];
        return mapped == 0 ? '·' : mapped >= bytes ? '█' : Fills[(int)((double)mapped / bytes * Fills.Length)];
    }
}
