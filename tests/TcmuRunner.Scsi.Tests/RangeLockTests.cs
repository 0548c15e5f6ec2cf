// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi.Tests;

public sealed class RangeLockTests
{
    private readonly RangeLock _lock = new();

    [Fact]
    public void Plain_writes_do_not_wait_for_each_other()
    {
        Assert.True(Enter(new(), 0, 10, false));
        Assert.True(Enter(new(), 5, 15, false));
    }

    [Fact]
    public void An_exclusive_claim_waits_for_overlapping_writes_only()
    {
        var write = new RangeTicket();
        var overlapping = new RangeTicket();
        Enter(write, 0, 10, false);

        Assert.False(Enter(overlapping, 9, 11, true));
        Assert.True(Enter(new(), 20, 30, true));
        Exit(write);
        Assert.Equal(TicketState.Holding, overlapping.State);
    }

    /// <summary>A stream of writes cannot starve a COMPARE AND WRITE: what comes later waits behind it.</summary>
    [Fact]
    public void Later_writes_wait_behind_a_waiting_exclusive_claim()
    {
        var first = new RangeTicket();
        var exclusive = new RangeTicket();
        var later = new RangeTicket();
        Enter(first, 0, 10, false);
        Enter(exclusive, 0, 10, true);

        Assert.False(Enter(later, 5, 6, false));
        Exit(first);
        Assert.Equal((TicketState.Holding, TicketState.Waiting), (exclusive.State, later.State));
        Exit(exclusive);
        Assert.Equal(TicketState.Holding, later.State);
    }

    [Fact]
    public async Task A_cancelled_wait_ends_as_aborted_and_lets_the_next_go()
    {
        var holder = new RangeTicket();
        var cancelled = new RangeTicket();
        var later = new RangeTicket();
        Enter(holder, 0, 10, false);
        _lock.TryEnter(cancelled, 0, 10, true, CancellationToken.None, out ValueTask<IoStatus> wait);
        Enter(later, 0, 10, false);

        Assert.True(_lock.TryCancel(cancelled));
        Trampoline.Run();

        Assert.True(wait.IsCompleted);
        Assert.Equal(IoOutcome.Aborted, (await wait).Outcome);
        Assert.Equal(TicketState.Holding, later.State);
        Assert.False(_lock.TryCancel(cancelled));
    }

    [Fact]
    public async Task A_cancelled_command_does_not_start_to_wait()
    {
        Enter(new(), 0, 10, true);

        Assert.False(_lock.TryEnter(new(), 0, 10, true, new CancellationToken(true), out ValueTask<IoStatus> wait));
        Assert.Equal(IoOutcome.Aborted, (await wait).Outcome);
    }

    /// <summary>Any order of enter, exit and cancel: no two conflicting holders, nobody waits without a reason, all go in the end.</summary>
    [Fact]
    public void Random_claims_keep_the_rules() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Run(new Random(seed))));

    private static bool Run(Random random)
    {
        var rangeLock = new RangeLock();
        var live = new List<RangeTicket>();
        for (int step = 0; step < 200; step++)
        {
            if (live.Count < 20 && random.Next(2) == 0)
            {
                var ticket = new RangeTicket();
                int first = random.Next(30);
                rangeLock.TryEnter(ticket, first, first + random.Next(1, 8), random.Next(3) == 0, CancellationToken.None, out _);
                live.Add(ticket);
            }
            else if (live.Count > 0)
            {
                Remove(rangeLock, live, random.Next(live.Count));
            }

            AssertRules(live);
        }

        while (live.Count > 0)
        {
            int holder = live.FindIndex(ticket => ticket.State == TicketState.Holding);
            Assert.True(holder >= 0, "All of them wait.");
            Remove(rangeLock, live, holder);
        }

        return true;
    }

    private static void Remove(RangeLock rangeLock, List<RangeTicket> live, int index)
    {
        RangeTicket ticket = live[index];
        live.RemoveAt(index);
        if (ticket.State == TicketState.Holding)
        {
            rangeLock.Exit(ticket);
        }
        else
        {
            Assert.True(rangeLock.TryCancel(ticket));
        }

        Trampoline.Run();
    }

    private static void AssertRules(List<RangeTicket> live)
    {
        for (int index = 0; index < live.Count; index++)
        {
            RangeTicket ticket = live[index];
            if (ticket.State == TicketState.Holding)
            {
                Assert.DoesNotContain(live, other => other != ticket && other.State == TicketState.Holding && other.ConflictsWith(ticket));
            }
            else
            {
                // In order of arrival: a waiter has a holder or an earlier waiter to wait for.
                Assert.Contains(live, other => other.ConflictsWith(ticket) && (other.State == TicketState.Holding || live.IndexOf(other) < index));
            }
        }
    }

    private bool Enter(RangeTicket ticket, long first, long end, bool isExclusive) =>
        _lock.TryEnter(ticket, first, end, isExclusive, CancellationToken.None, out _);

    private void Exit(RangeTicket ticket)
    {
        _lock.Exit(ticket);
        Trampoline.Run();
    }
}
