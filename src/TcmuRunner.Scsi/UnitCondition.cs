// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Why a logical unit does not take commands at the moment (SPC-5 5.4, sense key NOT READY and the like). One object per occasion.</summary>
/// <param name="senseKey">The sense key that refused commands get.</param>
/// <param name="code">The additional sense code that they get.</param>
/// <param name="stopsMediumAccessOnly">Whether commands that need no medium go on.</param>
/// <param name="mayExit">Whether SANITIZE, EXIT FAILURE MODE ends it (AUSE).</param>
internal sealed class UnitCondition(SenseKey senseKey, AdditionalSenseCode code, bool stopsMediumAccessOnly, bool mayExit = false)
{
    /// <summary>No progress is reported.</summary>
    public const int NoProgress = -1;

    private int _progress = NoProgress;

    public SenseKey SenseKey => senseKey;

    public AdditionalSenseCode Code => code;

    public bool MayExit => mayExit;

    /// <summary>How far the operation is, in 65536ths, or <see cref="NoProgress"/> (SPC-5 4.4.2.4.4). Any thread.</summary>
    public int Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, value);
    }

    /// <summary>Whether a command is refused.</summary>
    public bool Stops(CommandDescriptor command)
    {
        bool canRepair = senseKey == SenseKey.MediumError && command.Has(CommandFlags.Repairs);
        return !canRepair && (stopsMediumAccessOnly ? command.Has(CommandFlags.NeedsMedium) : !command.Has(CommandFlags.WorksNotReady));
    }
}
