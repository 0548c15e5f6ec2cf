// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>
/// Random commands, daemons that are killed, and power that is cut, against <see cref="ReferenceModel"/>. TCMU_ZBC_STEPS says how many commands each
/// run has; without it a few thousand.
/// </summary>
public sealed class ModelTests
{
    private const int Zones = 16;
    private const int ZoneBlocks = 64;
    private const int Conventional = 2;
    private const int OpenLimit = 3;
    private const int BlockBytes = 512;

    [Theory]
    [InlineData("HM", 1)]
    [InlineData("HM", 2)]
    [InlineData("HA", 3)]
    [InlineData("HA", 4)]
    public void Any_sequence_of_commands_and_accidents_leaves_what_the_standard_says(string model, int seed)
    {
        using var directory = new TemporaryDirectory();
        using var run = new ModelRun(directory, model, seed);
        int steps = int.Parse(Environment.GetEnvironmentVariable("TCMU_ZBC_STEPS") ?? "4000", CultureInfo.InvariantCulture);
        for (int step = 0; step < steps; step++)
        {
            run.Step(step);
        }

        run.Verify("at the end");
    }

    private sealed class ModelRun : IDisposable
    {
        private readonly Random _random;
        private readonly string _configuration;
        private readonly TemporaryDirectory _directory;
        private readonly bool _isManaged;
        private ZonedDisk _disk;
        private PowerCutFileSystem _files = new();
        private ReferenceModel _model;
        private ReferenceModel _flushed;
        private readonly Dictionary<int, (int Block, int Count)> _lastWrites = [];
        private Dictionary<int, (int Block, int Count)> _repeatable = [];
        private int _generation;
        private string _path;

        public ModelRun(TemporaryDirectory directory, string model, int seed)
        {
            _random = new Random(seed);
            _directory = directory;
            _isManaged = model == "HM";
            _configuration = $"zbc/model-{model}/zsize-32K/conv-{Conventional}/open-{OpenLimit}@";
            _path = directory.PathOf("zbc0.img");
            _disk = Open();
            _model = new ReferenceModel(Zones, ZoneBlocks, Conventional, OpenLimit, _isManaged);
            _flushed = _model.Copy();
        }

        public void Step(int step)
        {
            int choice = _random.Next(1000);
            int zone = _random.Next(Zones);
            switch (choice)
            {
                case < 2:
                    Kill();
                    break;
                case < 4:
                    CutPower();
                    break;
                case < 6:
                    CloseInOrder();
                    break;
                case < 60:
                    Assert.Equal("good", _disk.Do("35 00 00000000 00 0000 00"));
                    _flushed = _model.Copy();
                    break;
                case < 300:
                    int action = 1 + _random.Next(4);
                    bool all = _random.Next(12) == 0;
                    Forget(zone, all);
                    Expect(step, _model.Manage(action, zone, all), _disk.Manage(action, zone * ZoneBlocks, all: all));
                    NoteReset(action, zone, all);
                    break;
                case < 850:
                    Write(step, zone);
                    break;
                default:
                    int block = _random.Next(Zones * ZoneBlocks);
                    int count = _random.Next(1, Math.Min(80, (Zones * ZoneBlocks) - block + 1));
                    Expect(step, _model.Read(block, count), _disk.Read(block, count));
                    break;
            }

            if (choice % 50 == 0)
            {
                Verify($"after step {step}");
            }
        }

        public void Verify(string when)
        {
            List<ReportedZone> zones = _disk.Zones();
            Assert.Equal(_model.Conditions, zones.Select(zone => zone.Condition));
            for (int zone = Conventional; zone < Zones; zone++)
            {
                Assert.True(zones[zone].WritePointer - zones[zone].Start == _model.WritePointers[zone], $"The write pointer of zone {zone} {when}.");
            }

            Assert.True(Content().SequenceEqual(_model.Blocks), $"The content {when}.");
        }

        public void Dispose() => _disk.Dispose();

        private void Write(int step, int zone)
        {
            // Mostly where it is allowed, so that zones fill up.
            int offset = _random.Next(4) > 0 ? _model.WritePointers[zone] : _random.Next(ZoneBlocks);
            int block = (zone * ZoneBlocks) + Math.Min(offset, ZoneBlocks - 1);
            int count = _random.Next(1, Math.Min(40, (Zones * ZoneBlocks) - block + 1));
            byte fill = (byte)_random.Next(1, 256);
            string expected = _model.Write(block, count, fill);
            int target = block / ZoneBlocks;

            // The write that a killed daemon may not have answered is let through once more.
            if (expected is "5 24/00" or "5 21/04" && _repeatable.Remove(target, out (int Block, int Count) last) && last == (block, count))
            {
                expected = "good";
                Array.Fill(_model.Blocks, fill, block, count);
            }
            else if (expected == "good" && _isManaged)
            {
                _repeatable.Remove(target);
                _lastWrites[target] = (block, count);
            }

            Expect(step, expected, _disk.Write(block, count, fill));
        }

        private void Forget(int zone, bool all)
        {
            foreach (int one in all ? Enumerable.Range(0, Zones) : [zone])
            {
                _repeatable.Remove(one);
            }
        }

        // A reset is durable at once.
        private void NoteReset(int action, int zone, bool all)
        {
            for (int one = Conventional; action == 4 && one < Zones; one++)
            {
                if (all || one == zone)
                {
                    _flushed.Manage(4, one, all: false);
                }
            }
        }

        private static void Expect(int step, string expected, string found) => Assert.True(expected == found, $"Step {step}: {found} instead of {expected}.");

        private byte[] Content()
        {
            byte[] content = new byte[Zones * ZoneBlocks];
            for (int zone = 0; zone < Zones; zone++)
            {
                byte[] data = _disk.Data(zone * ZoneBlocks, ZoneBlocks);
                for (int block = 0; block < ZoneBlocks; block++)
                {
                    content[(zone * ZoneBlocks) + block] = data[block * BlockBytes];
                    Assert.True(!data.AsSpan(block * BlockBytes, BlockBytes).ContainsAnyExcept(data[block * BlockBytes]), $"Block {block} of zone {zone} is torn.");
                }
            }

            return content;
        }

        private ZonedDisk Open()
        {
            _repeatable.Clear();
            _lastWrites.Clear();
            _files = new PowerCutFileSystem();
            return ZonedDisk.Open($"{_configuration}{_path}", Zones * ZoneBlocks * BlockBytes, files: _files, isReopen: _generation > 0);
        }

        private void CloseInOrder()
        {
            _disk.Shut();
            Reopen();
            _flushed = _model.Copy();
        }

        private void Kill()
        {
            string next = _directory.PathOf($"zbc{++_generation}.img");
            TemporaryDirectory.Snapshot(_path, next);
            var repeatable = _lastWrites
                .Where(last => last.Value.Block < (last.Key * ZoneBlocks) + _model.WritePointers[last.Key])
                .Where(last => last.Value.Block + last.Value.Count == (last.Key * ZoneBlocks) + _model.WritePointers[last.Key])
                .ToDictionary();
            Continue(next);
            _repeatable = repeatable;
            _model.PowerCycle();
            Verify("after the daemon was killed");

            // The next daemon makes durable what it finds only with its first flush: a power cut now may still lose it.
            Assert.Equal("good", _disk.Do("35 00 00000000 00 0000 00"));
            _flushed = _model.Copy();
        }

        private void CutPower()
        {
            string next = _directory.PathOf($"zbc{++_generation}.img");
            byte[] image = _files.Last!.Cut(_random);
            Assert.True(ImageHeader.TryRead(image.AsSpan(0, ImageFormat.BlockBytes), out ImageHeader? header, out _));

            // Another boot: shared memory has no say.
            image.AsSpan((int)header.LiveOffset, ImageFormat.BlockBytes).Clear();
            File.WriteAllBytes(next, image);
            Continue(next);
            Compare();
        }

        private void Continue(string next)
        {
            _disk.Shut();
            File.Delete(_path);
            _path = next;
            _disk = Open();
        }

        private void Reopen()
        {
            _disk = Open();
            _model.PowerCycle();
            Verify("after it was closed");
        }

        // What was flushed is there, below the write pointer; a write pointer beyond it would cover what was never flushed. Conventional zones, and
        // preferred ones below their write pointers, may hold old or new blocks.
        private void Compare()
        {
            _flushed.PowerCycle();
            List<ReportedZone> zones = _disk.Zones();
            byte[] content = Content();
            for (int zone = 0; zone < Zones; zone++)
            {
                int found = (int)(zones[zone].WritePointer - zones[zone].Start);
                bool isSequential = zone >= Conventional;
                Assert.True(!isSequential || found == _flushed.WritePointers[zone], $"Zone {zone} has {found} blocks after a power cut, {_flushed.WritePointers[zone]} were flushed.");
                for (int block = zone * ZoneBlocks; block < (zone + 1) * ZoneBlocks; block++)
                {
                    bool isOld = content[block] == _flushed.Blocks[block];
                    bool mayBeNew = !(isSequential && _isManaged) && content[block] == _model.Blocks[block];
                    Assert.True(isOld || mayBeNew || !(isSequential && _isManaged), $"Block {block} holds {content[block]} after a power cut, {_flushed.Blocks[block]} was flushed.");
                }
            }

            _model = _flushed.Copy();
            content.CopyTo(_model.Blocks, 0);
            _flushed = _model.Copy();
            Assert.Equal("good", _disk.Do("35 00 00000000 00 0000 00"));
        }
    }
}
