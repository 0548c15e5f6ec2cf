// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Io;
using TcmuRunner.Iscsi;
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <summary>Opens logical units for the iSCSI front.</summary>
internal static class UnitOpener
{
    /// <param name="storage">What to open.</param>
    /// <param name="front">The front that will serve it.</param>
    /// <param name="options">The front's options.</param>
    /// <param name="catalog">The handlers.</param>
    /// <param name="loggers">Makes the unit's logger.</param>
    /// <param name="stateDirectory">Where persistent reservations, and FORMAT UNIT and SANITIZE that have not ended, are kept; null: they end with the program.</param>
    /// <param name="monitor">Counts and times its commands; null for nobody.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Abstractions.HandlerException">It cannot be opened, with the reason.</exception>
    internal static async Task<LogicalUnit> OpenAsync(
        StorageDescription storage,
        IscsiFront front,
        IscsiFrontOptions options,
        IHandlerCatalog catalog,
        ILoggerFactory loggers,
        string? stateDirectory,
        UnitMonitor? monitor,
        CancellationToken cancellationToken)
    {
        string serialNumber = storage.SerialNumber ?? storage.Name;
        var environment = new TargetUnit(serialNumber, front);
        var unitOptions = new LogicalUnitOptions
        {
            Name = storage.Name,
            Configuration = storage.Configuration,
            BlockSizeBytes = storage.BlockSizeBytes,
            SizeBytes = storage.SizeBytes,
            MaximumTransferBlocks = (uint)(options.MaximumTransferBytes / Math.Max(storage.BlockSizeBytes, 1)),
            WriteCache = storage.WriteCache,
            IsRemovable = storage.IsRemovable,
            KnowsInitiators = true,
            ReservationStore = stateDirectory is null ? null : new FileUnitStateStore(stateDirectory, serialNumber),
            MediumStore = stateDirectory is null ? null : new FileUnitStateStore(stateDirectory, serialNumber, FileUnitStateStore.Medium),
            Monitor = monitor,
            Environment = environment,
        };
        LogicalUnit unit = await LogicalUnit.OpenAsync(
            catalog, new AsyncFileSystem(), unitOptions, loggers.CreateLogger<LogicalUnit>(), cancellationToken);
        environment.Unit = unit;
        return unit;
    }
}
