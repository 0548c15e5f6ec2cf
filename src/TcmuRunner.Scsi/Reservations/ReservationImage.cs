// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace TcmuRunner.Scsi;

/// <summary>Registrations and reservation as JSON, for <see cref="IUnitStateStore"/>.</summary>
internal static class ReservationImage
{
    private const int Version = 1;

    /// <summary>Writes a state.</summary>
    public static ReadOnlyMemory<byte> Write(ReservationState state)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteNumber("generation", state.Generation);
        json.WriteNumber("type", (int)state.Type);
        json.WriteStartArray("registrations");
        foreach (Registration registration in state.Registrations)
        {
            json.WriteStartObject();
            json.WriteString("initiator", registration.Initiator.ToString());
            json.WriteString("transportId", Convert.ToHexString(registration.Initiator.Bytes));
            json.WriteNumber("targetPort", registration.RelativePortId);
            json.WriteBoolean("allTargetPorts", registration.AllPorts);
            json.WriteString("key", registration.Key.ToString("X16", CultureInfo.InvariantCulture));
            json.WriteBoolean("isHolder", ReferenceEquals(state.Holder, registration));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads a state.</summary>
    /// <param name="image">What <see cref="Write"/> wrote; untrusted.</param>
    /// <exception cref="FormatException">It is something else; the message says what is wrong.</exception>
    public static ReservationState Read(ReadOnlyMemory<byte> image)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(image);
            JsonElement root = document.RootElement;
            if (root.GetProperty("version").GetInt32() is var version and not Version)
            {
                throw new FormatException($"version {version} is not known, only {Version}");
            }

            return Read(root);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private static ReservationState Read(JsonElement root)
    {
        var registrations = ImmutableArray.CreateBuilder<Registration>();
        Registration? holder = null;
        foreach (JsonElement element in root.GetProperty("registrations").EnumerateArray())
        {
            Registration registration = ReadRegistration(element);
            registrations.Add(registration);
            holder = element.GetProperty("isHolder").GetBoolean() ? registration : holder;
        }

        int type = root.GetProperty("type").GetInt32();
        var reservation = (PersistentReservationType)type;
        bool needsHolder = reservation != PersistentReservationType.None && !reservation.IsAllRegistrants();
        if (!Enum.IsDefined(reservation) || type != (byte)type || needsHolder == holder is null || (reservation.IsAllRegistrants() && registrations.Count == 0))
        {
            throw new FormatException($"type {type} does not fit the registrations");
        }

        return new ReservationState
        {
            Generation = root.GetProperty("generation").GetUInt32(),
            Registrations = registrations.DrainToImmutable(),
            Type = reservation,
            Holder = holder,
            IsPersistent = true,
        };
    }

    private static Registration ReadRegistration(JsonElement element)
    {
        byte[] bytes = Convert.FromHexString(element.GetProperty("transportId").GetString() ?? string.Empty);
        ulong key = ulong.Parse(element.GetProperty("key").GetString() ?? string.Empty, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!TransportId.TryParse(bytes, out TransportId? initiator, out int length) || length != bytes.Length || key == 0)
        {
            throw new FormatException($"'{element.GetRawText()}' is no registration");
        }

        return new Registration(
            initiator, element.GetProperty("targetPort").GetUInt16(), element.GetProperty("allTargetPorts").GetBoolean(), key);
    }
}
