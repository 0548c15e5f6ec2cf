// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>A small disk with zones, written down from the standard in the plainest way, to compare the real one with. One byte stands for a block.</summary>
internal sealed class ReferenceModel(int zones, int zoneBlocks, int conventional, int openLimit, bool isManaged)
{
    public const int Empty = 1;
    public const int Implicit = 2;
    public const int Explicit = 3;
    public const int Closed = 4;
    public const int Full = 0xE;
    private readonly List<int> _implicit = [];

    public int[] Conditions { get; private set; } = [.. Enumerable.Range(0, zones).Select(zone => zone < conventional ? 0 : Empty)];

    public int[] WritePointers { get; private set; } = new int[zones];

    public byte[] Blocks { get; private set; } = new byte[zones * zoneBlocks];

    public int ZoneCount => zones;

    public int ZoneBlocks => zoneBlocks;

    public ReferenceModel Copy() => new(zones, zoneBlocks, conventional, openLimit, isManaged)
    {
        Conditions = (int[])Conditions.Clone(),
        WritePointers = (int[])WritePointers.Clone(),
        Blocks = (byte[])Blocks.Clone(),
    };

    public bool IsConventional(int zone) => zone < conventional;

    public string Manage(int action, int zone, bool all)
    {
        if (all)
        {
            return ManageAll(action);
        }

        if (IsConventional(zone))
        {
            return "5 24/00";
        }

        int condition = Conditions[zone];
        switch (action)
        {
            case 1 when condition is Implicit or Explicit:
                Close(zone);
                break;
            case 2 when condition != Full:
                if (isManaged && (condition is Empty or Closed) && Count(Explicit) >= openLimit)
                {
                    return "7 55/0E";
                }

                if (condition is Empty or Closed)
                {
                    MakeRoom(1);
                }

                Set(zone, Full);
                WritePointers[zone] = zoneBlocks;
                break;
            case 3 when condition is Empty or Implicit or Closed:
                if (isManaged && Count(Explicit) >= openLimit)
                {
                    return "7 55/0E";
                }

                Set(zone, Explicit);
                MakeRoom(0);
                break;
            case 4:
                Reset(zone);
                break;
        }

        return "good";
    }

    public string Write(int block, int count, byte fill)
    {
        int first = block / zoneBlocks;
        int last = (block + count - 1) / zoneBlocks;
        for (int zone = first; zone <= last; zone++)
        {
            if (IsConventional(zone) != IsConventional(first) || (isManaged && !IsConventional(first) && last > first))
            {
                return "5 21/05";
            }

            if (isManaged && !IsConventional(zone))
            {
                if (Conditions[zone] == Full)
                {
                    return "5 24/00";
                }

                if (block % zoneBlocks != WritePointers[zone])
                {
                    return "5 21/04";
                }

                if (Conditions[zone] is Empty or Closed)
                {
                    if (Count(Explicit) >= openLimit)
                    {
                        return "7 55/0E";
                    }

                    MakeRoom(1);
                }
            }
        }

        for (int zone = first; zone <= last && !IsConventional(first); zone++)
        {
            if (Conditions[zone] is Empty or Closed)
            {
                Set(zone, Implicit);
            }

            int end = Math.Min(block + count, (zone + 1) * zoneBlocks) - (zone * zoneBlocks);
            WritePointers[zone] = Math.Max(WritePointers[zone], end);
            if (WritePointers[zone] == zoneBlocks)
            {
                Set(zone, Full);
            }
        }

        Array.Fill(Blocks, fill, block, count);
        return "good";
    }

    public string Read(int block, int count) =>
        Enumerable.Range(block, count).All(one => IsConventional(one / zoneBlocks) == IsConventional(block / zoneBlocks)) ? "good" : "5 21/07";

    /// <summary>What a power cycle does to open zones.</summary>
    public void PowerCycle()
    {
        _implicit.Clear();
        for (int zone = conventional; zone < zones; zone++)
        {
            if (Conditions[zone] is Implicit or Explicit)
            {
                Conditions[zone] = WritePointers[zone] == 0 ? Empty : Closed;
            }
        }
    }

    private string ManageAll(int action)
    {
        int closed = Count(Closed);
        if (action == 3 && isManaged && closed > 0 && Count(Explicit) + closed > openLimit)
        {
            return "7 55/0E";
        }

        for (int zone = conventional; zone < zones; zone++)
        {
            switch (action)
            {
                case 1 when Conditions[zone] is Implicit or Explicit:
                    Close(zone);
                    break;
                case 2 when Conditions[zone] is Implicit or Explicit or Closed:
                    Set(zone, Full);
                    WritePointers[zone] = zoneBlocks;
                    break;
                case 3 when Conditions[zone] == Closed:
                    Set(zone, Explicit);
                    break;
                case 4:
                    Reset(zone);
                    break;
            }
        }

        MakeRoom(0);
        return "good";
    }

    private void Reset(int zone)
    {
        Set(zone, Empty);
        WritePointers[zone] = 0;
        Array.Fill(Blocks, (byte)0, zone * zoneBlocks, zoneBlocks);
    }

    private void Close(int zone) => Set(zone, WritePointers[zone] == 0 ? Empty : Closed);

    private void MakeRoom(int reserved)
    {
        while (isManaged && _implicit.Count > 0 && Count(Explicit) + _implicit.Count + reserved > openLimit)
        {
            Close(_implicit[0]);
        }
    }

    private int Count(int condition) => Conditions.Count(one => one == condition);

    private void Set(int zone, int condition)
    {
        if (condition != Implicit || Conditions[zone] != Implicit)
        {
            _implicit.Remove(zone);
            if (condition == Implicit)
            {
                _implicit.Add(zone);
            }
        }

        Conditions[zone] = condition;
    }
}
