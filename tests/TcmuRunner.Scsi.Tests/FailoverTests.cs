// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>Two gateways, group 1 and group 2, at one backing store (SPC-5 5.18; sheet scsi 8.4).</summary>
public sealed class FailoverTests
{
    private const string Write = "2A 00 00000001 00 0001 00";
    private const string Read = "28 00 00000001 00 0001 00";
    private const string TestUnitReady = "00 00 00 00 00 00";
    private const string Report = "A3 0A 00 00 00 00 000000FF 00 00";
    private const string Standby = "2 04/0B";
    private static readonly byte[] s_block = Expect.Random(Expect.BlockSize);

    private readonly ManualTimeProvider _time = new();
    private readonly UnitMonitors _monitors = new();
    private readonly SharedStore _store = new();
    private readonly GatewayDevice _first;
    private readonly GatewayDevice _second;

    public FailoverTests() => (_first, _second) = (new GatewayDevice(_store), new GatewayDevice(_store));

    [Fact]
    public async Task A_write_takes_the_lock_and_a_read_does_not()
    {
        await using LogicalUnit unit = Open(_first, 1);

        Expect.Good(unit.Run(Read, dataIn: Expect.BlockSize));
        Assert.Equal(0, _first.Attempts);
        Expect.Good(unit.Run(Write, s_block));

        Assert.Same(_first, _store.Holder);
        Assert.Equal(FailoverState.Active, unit.LockState);
        Assert.Equal(1, _first.Attempts);
        Assert.Equal(1, _monitors.Get("gateway1").Read().LocksTaken);
    }

    [Fact]
    public async Task Who_has_lost_the_lock_keeps_away_and_nothing_of_his_reaches_the_medium()
    {
        await using LogicalUnit first = Open(_first, 1);
        await using LogicalUnit second = Open(_second, 2);
        Expect.Good(first.Run(Write, s_block));
        byte[] newer = Expect.Random(Expect.BlockSize, 2);
        Expect.Good(second.Run(Write, newer));

        Expect.Sense(Standby, first.Run(Write, s_block));
        int reached = _first.Writes;
        Expect.Sense(Standby, first.Run(Write, s_block));

        Assert.Equal(reached, _first.Writes);
        Assert.Equal(1, _first.Attempts);
        Assert.Same(_second, _store.Holder);
        Assert.Equal(newer, _store.Bytes.AsSpan(Expect.BlockSize, Expect.BlockSize).ToArray());
        Assert.Equal(1, _monitors.Get("gateway1").Read().LocksLost);
    }

    [Fact]
    public async Task Each_loss_keeps_a_gateway_away_for_longer()
    {
        await using LogicalUnit first = Open(_first, 1);
        Expect.Good(first.Run(Write, s_block));
        foreach (int seconds in new[] { 5, 10, 20, 40, 60, 60 })
        {
            _store.Holder = _second;
            Expect.Sense(Standby, first.Run(Write, s_block));
            _time.Advance(TimeSpan.FromSeconds(seconds - 1));
            Expect.Sense(Standby, first.Run(Write, s_block));

            _time.Advance(TimeSpan.FromSeconds(1));
            Expect.Good(first.Run(Write, s_block));
        }
    }

    [Fact]
    public async Task A_late_refusal_does_not_end_the_next_tenure()
    {
        await using LogicalUnit first = Open(_first, 1);
        Expect.Good(first.Run(Write, s_block));
        var late = new TaskCompletionSource();
        _first.Writing = late.Task;
        using TestTask slow = TestUnit.Prepare(Write, s_block);
        first.Execute(slow);
        _first.Writing = Task.CompletedTask;
        _store.Holder = _second;
        Expect.Sense(Standby, first.Run(Write, s_block));
        _time.Advance(LossHistory.ShortestPause);
        Expect.Good(first.Run(Write, s_block));

        _store.Holder = _second;
        late.SetResult();
        Expect.Sense(Standby, slow.Completed());

        Assert.Equal(FailoverState.Active, first.LockState);
    }

    [Fact]
    public async Task A_command_waits_for_the_lock_and_ends_with_busy_in_the_end()
    {
        await using LogicalUnit unit = Open(_first, 1);
        var acquisition = new TaskCompletionSource();
        _first.Acquisition = acquisition.Task;
        using TestTask waiting = TestUnit.Prepare(Write, s_block);
        unit.Execute(waiting);
        await _time.WhenTimerIsSet(FailoverLock.WaitLimit).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        using TestTask late = TestUnit.Prepare(Write, s_block);

        _time.Advance(FailoverLock.WaitLimit);
        Assert.Equal(ScsiStatus.Busy, waiting.Completed().Status);
        unit.Execute(late);
        acquisition.SetResult();

        Expect.Good(late.Completed());
        Assert.Equal(1, _first.Attempts);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_had_ends_commands_as_the_device_says_and_is_asked_for_again_later()
    {
        await using LogicalUnit unit = Open(_first, 1);
        _first.Answer = IoOutcome.NotReady;

        Expect.Sense("2 08/00", unit.Run(Write, s_block));
        Expect.Sense("2 08/00", unit.Run(Write, s_block));
        Assert.Equal(1, _first.Attempts);
        _first.Answer = IoStatus.Good;
        _time.Advance(TimeSpan.FromSeconds(1));

        Expect.Good(unit.Run(Write, s_block));
    }

    [Fact]
    public async Task Explicit_access_is_for_the_initiator_to_change()
    {
        await using LogicalUnit unit = Open(_first, 1, isExplicit: true);
        Expect.Sense(Standby, unit.Run(Write, s_block));
        Expect.Sense(Standby, unit.Run(Read, dataIn: Expect.BlockSize));
        Expect.Sense(Standby, unit.Run(TestUnitReady));
        Assert.Equal(0, _first.Attempts);

        Expect.Good(Set(unit, 0, 1));
        Expect.Good(unit.Run(Write, s_block));
        Expect.Good(unit.Run(TestUnitReady));
        Expect.Good(Set(unit, 2, 1));

        Assert.Null(_store.Holder);
        Expect.Sense(Standby, unit.Run(Write, s_block));
        Expect.Sense("4 67/0A", Set(unit, 0, 2));
        Expect.Sense("5 26/00", Set(unit, 3, 1));
    }

    [Fact]
    public async Task The_report_shows_who_has_the_lock_and_a_change_is_told()
    {
        await using LogicalUnit first = Open(_first, 1);
        await using LogicalUnit second = Open(_second, 2);
        first.AddNexus(TestUnit.Nexus);
        Expect.Data("00000018  00 07 0001 00 00 00 01 0000 0001  01 07 0002 00 00 00 01 0000 0002", first.Run(Report, dataIn: 255));
        Expect.Good(second.Run(Write, s_block));
        Expect.Data("00000018  01 07 0001 00 02 00 01 0000 0001  00 07 0002 00 02 00 01 0000 0002", first.Run(Report, dataIn: 255));

        Expect.Good(first.Run(Write, s_block));

        Expect.Sense("6 2A/06", first.Run(TestUnitReady));
        Expect.Data("00000018  00 07 0001 00 00 00 01 0000 0001  01 07 0002 00 00 00 01 0000 0002", first.Run(Report, dataIn: 255));
    }

    [Fact]
    public async Task Groups_that_are_always_active_need_no_lock()
    {
        _store.Holder = _first;
        await using LogicalUnit none = TestUnit.Open(_first, Options(1, null));

        Expect.Good(none.Run(Write, s_block));

        Assert.Equal(0, _first.Attempts);
    }

    [Fact]
    public async Task A_gateway_that_was_stopped_does_not_act_on_what_it_finds_in_its_buffers()
    {
        var jumping = new JumpingTime();
        await using LogicalUnit unit = TestUnit.Open(_first, Options(1, Groups(1, false)) with { TimeProvider = jumping });
        jumping.Advance(StallWatch.Limit + TimeSpan.FromSeconds(1));

        Expect.Sense(Standby, unit.Run(Write, s_block));
        Assert.Equal(0, _first.Attempts);
        jumping.Tick();
        jumping.Advance(TimeSpan.FromSeconds(3));
        jumping.Tick();
        jumping.Advance(TimeSpan.FromSeconds(3));

        Expect.Good(unit.Run(Write, s_block));
    }

    [Fact]
    public async Task A_lock_that_was_taken_across_a_stop_is_given_back()
    {
        var jumping = new JumpingTime();
        await using LogicalUnit unit = TestUnit.Open(_first, Options(1, Groups(1, false)) with { TimeProvider = jumping });
        var acquisition = new TaskCompletionSource();
        _first.Acquisition = acquisition.Task;
        using TestTask stale = TestUnit.Prepare(Write, s_block);
        unit.Execute(stale);

        jumping.Advance(StallWatch.Limit + TimeSpan.FromSeconds(1));
        acquisition.SetResult();

        Expect.Sense(Standby, stale.Completed());
        Assert.Null(_store.Holder);
        Assert.Equal(0, _first.Writes);
    }

    [Fact]
    public async Task A_device_with_a_lock_takes_no_raw_commands()
    {
        var characteristics = Expect.Cached with { Capabilities = DeviceCapabilities.Lock | DeviceCapabilities.RawCommands, HasVolatileWriteCache = false };

        HandlerException refused = Assert.Throws<HandlerException>(() => TestUnit.Open(new TestDevice(characteristics)));

        Assert.Contains("broken", refused.Message, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    private static TestTask Set(LogicalUnit unit, int state, int group)
    {
        byte[] list = [0, 0, 0, 0, (byte)state, 0, 0, (byte)group];
        return unit.Run($"A4 0A 00 00 00 00 {list.Length:X8} 00 00", list);
    }

    // Group 1 is the optimized one as it was set up; each gateway has its own port enabled only.
    private static TestTargetPortGroups Groups(int own, bool isExplicit) => new(Group(1, own, isExplicit), Group(2, own, isExplicit));

    private static TargetPortGroup Group(ushort id, int own, bool isExplicit) => new()
    {
        Id = id,
        State = id == 1 ? AsymmetricAccessState.ActiveOptimized : AsymmetricAccessState.ActiveNonOptimized,
        SupportedStates = 0x07,
        IsImplicit = true,
        IsExplicit = isExplicit,
        Ports = [new TargetPort(id, 5, "iqn.2003-01.x:t", id, id == own)],
    };

    private LogicalUnit Open(GatewayDevice device, int own, bool isExplicit = false) => TestUnit.Open(device, Options(own, Groups(own, isExplicit)));

    private LogicalUnitOptions Options(int own, TestTargetPortGroups? groups) => TestUnit.Options with
    {
        Name = $"gateway{own}",
        Environment = new TestEnvironment { TargetPortGroups = groups },
        TimeProvider = _time,
        Monitor = _monitors.Get($"gateway{own}"),
    };

    /// <summary>A clock whose timers fire when they are told to: so it looks to a process that was stopped.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private readonly List<Action> _timers = [];
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add(() => callback(state));
            return TimeProvider.System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

        // The first timer is the watch's own.
        public void Tick() => _timers[0]();
    }
}
